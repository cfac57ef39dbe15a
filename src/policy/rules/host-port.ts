/*
 * Fields:  ports[*].hostPort of every container
 * Allowed: undefined, null, 0; with hostNetwork also the value of containerPort, which the API server fills in
 * Source:  k8s.io/kubernetes pkg/apis/core/v1/defaults.go (defaultHostNetworkPorts)
 */
import { exists, listAt, longerThan, never, or, raw } from '../cel/expression.ts';
import { podLimits, someContainer } from '../cel/pod.ts';
import { toldOfHostPorts } from '../cel/told-host.ts';
import { asList, asObject } from '../json.ts';
import type { RuleDefinition } from '../rule.ts';

export const hostPort: RuleDefinition = {
  id: 'host-port',
  title: 'Host port',
  category: 'Host access',
  action: 'audit',
  severity: 'low',
  finds: 'A container port that is opened on the node (`hostPort`).',
  why: 'It answers on the address of the node, past Services and often past NetworkPolicy, and takes the port from every other pod there.',
  fields: [
    'spec.containers[*].ports[*].hostPort',
    'spec.initContainers[*].ports[*].hostPort',
    'spec.ephemeralContainers[*].ports[*].hostPort',
  ],
  allowed: 'absent, `null`, `0`; with `hostNetwork: true` also the value of `containerPort`',
  remedy: 'Remove `hostPort` and publish the port through a Service.',
  sources: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  necessary: ({ action }, counts) => {
    const ports = listAt('c', ['ports'], podLimits.ports);
    const opened = exists(ports, 'port', raw('port.?hostPort.orValue(0) != 0', 10));
    return counts(action) ? someContainer(or(longerThan(ports, podLimits.ports), opened)) : never;
  },
  exact: toldOfHostPorts,
  undecided: 'containers with more than 48 ports',
  prepare: () => (pod, report) => {
    const onHostNetwork = pod.spec['hostNetwork'] === true;
    for (const container of pod.containers) {
      if (container.value['ports'] === undefined) continue;
      const ports = asList(container.value['ports']);
      for (let index = 0; index < ports.length; index += 1) {
        const port = asObject(ports[index]);
        const number = port['hostPort'];
        if (typeof number !== 'number' || number === 0) continue;
        if (onHostNetwork && number === port['containerPort']) continue;
        report({
          container,
          path: [...container.path, 'ports', index, 'hostPort'],
          message: `hostPort ${number} listens on the node itself`,
        });
      }
    }
  },
};
