/*
 * Fields:  spec.securityContext.windowsOptions.hostProcess, securityContext.windowsOptions.hostProcess of every container
 * Allowed: undefined, null, false, at both levels
 * Source:  k8s.io/api/core/v1 WindowsSecurityContextOptions.HostProcess; Pod Security Standards, Baseline, "HostProcess"
 */
import { isTrue, joined, never, or } from '../cel/expression.ts';
import { containerSays, someContainer, specSays } from '../cel/pod.ts';
import { toldOfContainers, toldOfPods, toldWhere } from '../cel/told.ts';
import { isHostProcess } from '../host-access.ts';
import type { RuleDefinition } from '../rule.ts';

const steps = ['securityContext', 'windowsOptions', 'hostProcess'] as const;
const message = 'hostProcess: true runs on the Windows node itself, outside any container';

export const hostProcess: RuleDefinition = {
  id: 'host-process',
  title: 'Windows host process',
  category: 'Host access',
  action: 'deny',
  severity: 'critical',
  finds:
    'A pod or container that runs as a process of the Windows node (`windowsOptions.hostProcess: true`), whatever the other level says.',
  why: 'A host process container has no isolation at all: it is a program on the node with the rights of the account that it names, SYSTEM among them.',
  fields: [
    'spec.securityContext.windowsOptions.hostProcess',
    'spec.containers[*].securityContext.windowsOptions.hostProcess',
    'spec.initContainers[*].securityContext.windowsOptions.hostProcess',
    'spec.ephemeralContainers[*].securityContext.windowsOptions.hostProcess',
  ],
  allowed: 'absent, `null`, `false`',
  remedy: 'Remove `hostProcess: true`, or write an exemption for the node agent that needs it.',
  sources: ['https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/'],
  necessary: ({ action }, counts) =>
    counts(action) ? or(specSays(...steps), someContainer(containerSays(...steps))) : never,
  exact: () =>
    toldOfPods(
      joined(toldWhere(isTrue('pod.spec', ...steps), message), toldOfContainers(containerSays(...steps), message)),
    ),
  prepare: () => (pod, report) => {
    if (isHostProcess(pod.spec['securityContext'])) report({ path: [...pod.specPath, ...steps], message });
    for (const container of pod.containers) {
      if (!isHostProcess(container.securityContext)) continue;
      report({ container, path: [...container.path, ...steps], message });
    }
  },
};
