import type { EvaluationContext } from '../policy/evaluate.ts';
import type { Action, Finding } from '../policy/finding.ts';
import { weaker } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import type { Engine } from './engine.ts';
import type { FoundTarget } from './exec-targets.ts';
import { isMirrorPod } from './mirror-pod.ts';
import { compareFindings } from './new-findings.ts';
import type { Outcome } from './outcome.ts';
import { silence } from './outcome.ts';
import type { AdmissionRequest } from './review.ts';

/**
 * Judges one request by the policy in force.
 * @param found - the pod that exec options are for; where nobody looked for it, it is not known
 */
export function validate(request: AdmissionRequest, engine: Engine, nowMs: number, found?: FoundTarget): Outcome {
  if (isBeyondJudgement(request)) return silence;
  const policy = engine.policy();
  const context = contextOf(request, found);
  const { findings, exempted } = engine.judge(request.object, policy, nowMs, context);
  if (findings.length === 0 && exempted.length === 0) return silence;
  if (isMirrorPod(request)) return { denied: [], warned: [], audited: findings, exempted, spared: 'mirror-pod' };

  const outcome = { ...sort(findings, policy), ...(found === undefined ? {} : { targetFrom: found.source }) };
  if (request.operation !== 'UPDATE' || outcome.denied.length === 0) return { ...outcome, exempted };
  const deniedBy = new Set(outcome.denied.map(({ rule }) => rule));
  const rules = policy.rules.filter(({ definition }) => deniedBy.has(definition.id));
  const old = engine.judge(request.oldObject, { ...policy, rules }, nowMs, context);
  const { added, kept } = compareFindings(request.object, outcome.denied, request.oldObject, old.findings);
  return { ...outcome, denied: added, warned: [...kept, ...outcome.warned], exempted };
}

/**
 * DELETE takes away, and so is never refused. An object that is being deleted must be able to lose its finalizers, and
 * nothing new starts from it: the kubelet only stops the containers of such a pod (pkg/kubelet/pod_workers.go), and an
 * update cannot set the field (apimachinery pkg/api/validation/objectmeta.go, ValidateObjectMetaAccessorUpdate). In a
 * CREATE it is only what its author wrote there.
 */
export function isBeyondJudgement({ operation, object }: AdmissionRequest): boolean {
  if (operation === 'DELETE') return true;
  if (operation !== 'UPDATE') return false;
  const deletionTimestamp = asObject(asObject(object)['metadata'])['deletionTimestamp'];
  return typeof deletionTimestamp === 'string' && deletionTimestamp !== '';
}

/**
 * The namespace of the request decides, also where it is '': an object of the whole cluster is in none, and so is covered by
 * no exemption of one.
 */
export function contextOf({ namespace }: AdmissionRequest, found?: FoundTarget): EvaluationContext {
  return { namespace, execTarget: found?.target, maxAlike };
}

/** More than any object has that was written to be run; an answer tells a hundred. */
export const maxAlike = 2_000;

type Sorted = Pick<Outcome, 'denied' | 'warned' | 'audited'>;

function sort(findings: readonly Finding[], policy: Policy): Sorted {
  const denied: Finding[] = [];
  const warned: Finding[] = [];
  const audited: Finding[] = [];
  for (const finding of findings) {
    const action = actionOf(finding, policy);
    if (action === 'deny') denied.push(finding);
    else if (action === 'warn') warned.push(finding);
    else if (action === 'audit') audited.push(finding);
  }
  return { denied, warned, audited };
}

/**
 * A template's finding acts no harder than `workloads` says: its pods are judged again when they are made. What the
 * mutating webhook will take out of those pods is nothing to bother the template's author with.
 */
function actionOf(finding: Finding, policy: Policy): Action {
  if (!finding.template) return finding.action;
  const action = weaker(finding.action, policy.workloads);
  return finding.repairable ? weaker(action, 'audit') : action;
}
