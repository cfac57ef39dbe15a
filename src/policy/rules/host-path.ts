/*
 * Fields:  spec.volumes[*].hostPath.path
 * Allowed: a path that is neither above nor below one of those in ../host-paths.ts
 * Source:  Kubernetes' and the runtimes' file layout; Filesystem Hierarchy Standard 3.0
 */
import { never } from '../cel/expression.ts';
import { mayLeadToHost } from '../cel/host-access.ts';
import { toldOfHostPaths } from '../cel/told-host.ts';
import { readHostPath } from '../host-paths.ts';
import { asList, asObject } from '../json.ts';
import type { RuleDefinition } from '../rule.ts';

export const hostPath: RuleDefinition = {
  id: 'host-path',
  title: 'Host path',
  category: 'Host access',
  action: 'warn',
  severity: 'high',
  finds:
    'A hostPath volume that leads to the host: its root, its system directories, the state of the kubelet and the runtimes, or a runtime socket. Whether a container mounts it does not matter.',
  why: 'A container that writes there changes the node, one that reads there finds keys; a runtime socket starts containers that no admission sees; /proc and /run/netns are doors to the network namespace of the host.',
  fields: ['spec.volumes[*].hostPath.path'],
  allowed:
    'a path that is neither a parent nor a child of `/proc /sys /dev /etc /root /home /boot /run /var/run /usr /bin /sbin /lib /lib64 /opt/cni`, the state directories below `/var/lib`, or a runtime socket; `/` is a parent of all',
  remedy:
    'Use a volume that belongs to the pod (emptyDir, a claim, a projected volume); a node agent that must read the host gets an exemption and `readOnly: true`.',
  sources: ['https://kubernetes.io/docs/concepts/storage/volumes/#hostpath'],
  necessary: ({ action }, counts) => (counts(action) ? mayLeadToHost() : never),
  exact: toldOfHostPaths,
  undecided: 'paths that need clean-up, of Windows, with letters outside ASCII, or longer than 128 characters',
  prepare: () => (pod, report) => {
    if (pod.spec['volumes'] === undefined) return;
    const volumes = asList(pod.spec['volumes']);
    for (let index = 0; index < volumes.length; index += 1) {
      const path = asObject(asObject(volumes[index])['hostPath'])['path'];
      if (typeof path !== 'string') continue;
      const { cleaned, leadsToHost, givesHostAccess } = readHostPath(path);
      if (!leadsToHost) continue;
      report({
        path: [...pod.specPath, 'volumes', index, 'hostPath', 'path'],
        message: `hostPath ${cleaned} leads to the host${givesHostAccess ? ' and gives host access' : ''}`,
      });
    }
  },
};
