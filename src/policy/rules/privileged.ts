/*
 * Fields:  securityContext.privileged of every container
 * Allowed: undefined, null, false
 * Source:  k8s.io/api/core/v1 SecurityContext.Privileged; the runtimes then grant every capability, whatever `drop` says
 */
import { never } from '../cel/expression.ts';
import { containerSays, someContainer } from '../cel/pod.ts';
import { toldOfContainers, toldOfPods } from '../cel/told.ts';
import type { RuleDefinition } from '../rule.ts';

const message = 'privileged: true brings every capability, NET_RAW among them, and every device of the node';

export const privileged: RuleDefinition = {
  id: 'privileged',
  title: 'Privileged container',
  category: 'Host access',
  action: 'deny',
  severity: 'critical',
  finds: 'A container with `privileged: true`.',
  why: 'A privileged container has every capability, every device of the node and no seccomp or AppArmor profile; `drop` changes nothing. It is root on the host in two commands.',
  fields: [
    'spec.containers[*].securityContext.privileged',
    'spec.initContainers[*].securityContext.privileged',
    'spec.ephemeralContainers[*].securityContext.privileged',
  ],
  allowed: 'absent, `null`, `false`',
  remedy: 'Remove `privileged: true` and name the capability or device that the program really needs.',
  sources: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  necessary: ({ action }, counts) =>
    counts(action) ? someContainer(containerSays('securityContext', 'privileged')) : never,
  exact: () => toldOfPods(toldOfContainers(containerSays('securityContext', 'privileged'), message)),
  prepare: () => (pod, report) => {
    for (const container of pod.containers) {
      if (container.securityContext['privileged'] !== true) continue;
      report({
        container,
        path: [...container.path, 'securityContext', 'privileged'],
        message,
      });
    }
  },
};
