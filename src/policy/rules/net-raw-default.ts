/*
 * Fields:  securityContext.capabilities.drop of every container
 * Allowed: drop holds NET_RAW or ALL (any case, nothing else around it), or the container is privileged or has an explicit grant
 *          (other rules speak then), or is laid over one that may say so (Tekton's stepTemplate, a TrainJob's runtime)
 * Source:  the default sets of containerd (pkg/oci/spec.go), CRI-O and moby hold CAP_NET_RAW; containerd drops by the name with
 *          CAP_ put in front, so that `drop: [CAP_NET_RAW]` drops CAP_CAP_NET_RAW, which is nothing.
 */
import { and, never, not } from '../cel/expression.ts';
import { containerSays, someContainer, someDrop } from '../cel/pod.ts';
import { toldOfKept } from '../cel/told-capabilities.ts';
import { dropsNetRaw, failsToDropNetRaw, grantsNetRaw, readGrant } from '../capabilities.ts';
import { asList, asStrings } from '../json.ts';
import type { RuleDefinition } from '../rule.ts';
import { isWindows } from '../windows.ts';

const messages = {
  undropped: "keeps NET_RAW from the runtime's default set",
  useless: 'this drop has no effect on containerd, which knows the name only without CAP_: NET_RAW stays',
} as const;

export const netRawDefault: RuleDefinition = {
  id: 'net-raw-default',
  title: 'Raw sockets by default',
  category: 'Capabilities',
  action: 'warn',
  severity: 'low',
  finds: "A container that keeps NET_RAW from the runtime's default set, because nothing drops it.",
  why: 'containerd, CRI-O and docker give NET_RAW to every container that does not drop it. Almost no program needs it; whoever breaks into the container can then spoof ARP and DNS on the pod network.',
  fields: [
    'spec.containers[*].securityContext.capabilities.drop',
    'spec.initContainers[*].securityContext.capabilities.drop',
    'spec.ephemeralContainers[*].securityContext.capabilities.drop',
  ],
  allowed:
    '`drop` with NET_RAW or ALL (any case, without CAP_); any list where an operator lays the container over another one, such as the `stepTemplate` of Tekton',
  remedy: 'Add `securityContext.capabilities.drop: [NET_RAW]` (or ALL) to the container.',
  sources: [
    'https://github.com/containerd/containerd/blob/main/pkg/oci/spec.go',
    'https://github.com/moby/moby/blob/master/daemon/pkg/oci/caps/defaults.go',
  ],
  repair: 'safe',
  fixByDefault: true,
  necessary: ({ action }, counts) =>
    counts(action)
      ? someContainer(and(not(containerSays('securityContext', 'privileged')), not(someDrop('(?i)^(?:net_raw|all)$'))))
      : never,
  exact: () => toldOfKept(['NET_RAW', 'ALL'], messages.undropped, messages.useless),
  undecided: 'names with letters outside ASCII or longer than 40 characters, and lists of more than 24',
  prepare: () => (pod, report) => {
    if (pod.overlay) return;
    for (const container of pod.containers) {
      const { securityContext, capabilities } = container;
      if (securityContext['privileged'] === true) continue;
      const drop = asStrings(capabilities['drop']);
      if (drop.some(dropsNetRaw)) continue;
      if (asStrings(capabilities['add']).some((entry) => grantsNetRaw(readGrant(entry)))) continue;
      const useless = asList(capabilities['drop']).findIndex(
        (entry) => typeof entry === 'string' && failsToDropNetRaw(entry),
      );
      const mend = isWindows(pod) ? {} : ({ mend: 'drop-net-raw' } as const);
      if (useless < 0) {
        report({ container, path: container.path, message: messages.undropped, ...mend });
        continue;
      }
      report({
        container,
        path: [...container.path, 'securityContext', 'capabilities', 'drop', useless],
        message: messages.useless,
        remedy: 'Write `NET_RAW` (or `ALL`) in `drop`, exactly so.',
        ...mend,
      });
    }
  },
};
