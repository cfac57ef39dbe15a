import type { Action } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import { never } from '../policy/cel/expression.ts';
import type { PodCondition } from './pod-condition.ts';
import { conditionText, podCondition } from './pod-condition.ts';

/** One entry of `matchConditions` of a webhook; the API server calls it where all of them hold. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/** The conditions of a webhook, and how they came about. */
export interface CompiledConditions {
  readonly conditions: readonly MatchCondition[];
  readonly pod: PodCondition;
}

/** What is being deleted is let through. */
export const deleting: MatchCondition = {
  name: 'not-being-deleted',
  expression:
    "// What is being deleted must be able to lose its finalizers\nrequest.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp)",
};

/** So is the mirror of a static pod, from its own kubelet. */
export const mirror: MatchCondition = {
  name: 'no-mirror-pod',
  expression: [
    '// The kubelet runs a static pod whatever becomes of its mirror',
    "request.operation == 'CONNECT'",
    "|| !has(object.spec.nodeName) || !('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))",
    "|| request.?userInfo.?username.orValue('') != 'system:node:' + object.spec.nodeName",
  ].join('\n'),
};

/**
 * When the webhook that refuses pods is worth a call: for every request that the policy could make it refuse, and for as
 * few others as CEL can tell. Execs are always worth one.
 */
export function refusalConditions(policy: Policy): CompiledConditions {
  const pod = podCondition(policy, (action) => action === 'deny');
  const execs = "// Options of an exec: their target is not in sight\nrequest.operation == 'CONNECT'";
  const expression = pod.whole.text === never.text ? execs : `${execs}\n|| ${conditionText(pod)}`;
  return { conditions: [deleting, mirror, { name: 'may-be-refused', expression }], pod };
}

/** When the webhook that only advises is worth a call: for what may be told, and is not told by the one that refuses. */
export function adviceConditions(policy: Policy): CompiledConditions {
  const advises = (action: Action): boolean => action === 'warn' || action === 'audit';
  const pod = podCondition(policy, advises);
  const refused = podCondition(policy, (action) => action === 'deny');
  return {
    conditions: [
      deleting,
      mirror,
      { name: 'may-be-told', expression: conditionText(pod) },
      { name: 'not-told-by-refusal', expression: `!(\n${conditionText(refused)}\n)` },
    ],
    pod,
  };
}
