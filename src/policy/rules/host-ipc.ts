/*
 * Fields:  spec.hostIPC
 * Allowed: undefined, null, false
 * Source:  k8s.io/api/core/v1 PodSpec.HostIPC; Pod Security Standards, Baseline, "Host Namespaces"
 */
import { isTrue, never } from '../cel/expression.ts';
import { specSays } from '../cel/pod.ts';
import { toldOfPods, toldWhere } from '../cel/told.ts';
import type { RuleDefinition } from '../rule.ts';

const message = "hostIPC: true shares the node's memory segments and queues with the pod";

export const hostIpc: RuleDefinition = {
  id: 'host-ipc',
  title: 'Host IPC',
  category: 'Host namespaces',
  action: 'deny',
  severity: 'medium',
  finds: 'A pod that shares the IPC namespace of its node (`hostIPC: true`).',
  why: 'Its processes read and write the shared memory and message queues of the node and of every other pod that shares them.',
  fields: ['spec.hostIPC'],
  allowed: 'absent, `null`, `false`',
  remedy: 'Remove `hostIPC: true`; containers of one pod share memory through an `emptyDir` of medium `Memory`.',
  sources: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  repair: 'on-request',
  necessary: ({ action }, counts) => (counts(action) ? specSays('hostIPC') : never),
  exact: () => toldOfPods(toldWhere(isTrue('pod.spec', 'hostIPC'), message)),
  prepare: () => (pod, report) => {
    if (pod.spec['hostIPC'] !== true) return;
    report({
      path: [...pod.specPath, 'hostIPC'],
      message,
      mend: 'set-false',
    });
  },
};
