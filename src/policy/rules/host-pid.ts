/*
 * Fields:  spec.hostPID
 * Allowed: undefined, null, false
 * Source:  k8s.io/api/core/v1 PodSpec.HostPID; Pod Security Standards, Baseline, "Host Namespaces"
 */
import { isTrue, never } from '../cel/expression.ts';
import { specSays } from '../cel/pod.ts';
import { toldOfPods, toldWhere } from '../cel/told.ts';
import type { RuleDefinition } from '../rule.ts';

const message = 'hostPID: true shows the pod every process of its node';

export const hostPid: RuleDefinition = {
  id: 'host-pid',
  title: 'Host processes visible',
  category: 'Host namespaces',
  action: 'deny',
  severity: 'high',
  finds: 'A pod that shares the process namespace of its node (`hostPID: true`).',
  why: 'Its processes see those of the node with their arguments and environment, can signal those of the same user, and with `nsenter -t 1` stand in the namespaces of the host.',
  fields: ['spec.hostPID'],
  allowed: 'absent, `null`, `false`',
  remedy: 'Remove `hostPID: true`; to see the processes of the same pod use `shareProcessNamespace: true`.',
  sources: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  repair: 'on-request',
  necessary: ({ action }, counts) => (counts(action) ? specSays('hostPID') : never),
  exact: () => toldOfPods(toldWhere(isTrue('pod.spec', 'hostPID'), message)),
  prepare: () => (pod, report) => {
    if (pod.spec['hostPID'] !== true) return;
    report({
      path: [...pod.specPath, 'hostPID'],
      message,
      mend: 'set-false',
    });
  },
};
