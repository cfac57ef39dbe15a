import type { JsonObject } from '../policy/finding.ts';
import type { PodEnd } from './change.ts';
import { knownKind, referenceOf, uidOf } from './kinds.ts';
import type { Situation } from './situation.ts';
import { isBarePod, runningPods } from './situation.ts';
import { specSha256 } from './spec-hash.ts';
import type { StepResult } from './suspend.ts';

/** Ends the pods that are wrong, within their budgets, where their template makes better ones or nothing makes them anew. */
export function evict(situation: Situation): StepResult {
  const { root, offences } = situation;
  if (isBarePod(situation)) {
    return { changes: [podEnd('evict', root, true)], notes: ['nothing makes it anew: to undo is to create it again'] };
  }
  if (offences(root).length > 0) return 'its controller would make the same pods anew from its template';
  const changes = runningPods(situation)
    .filter((pod) => offences(pod).length > 0)
    .map((pod) => podEnd('evict', pod, false));
  return changes.length === 0 ? 'none of its pods is wrong' : { changes, notes: [] };
}

/** Ends a pod that nothing makes anew, whatever budget it is in. */
export function deletePod(situation: Situation): StepResult {
  if (!isBarePod(situation))
    return 'only a pod that nothing owns is deleted: the owner of any other would make it anew';
  return {
    changes: [podEnd('delete', situation.root, true)],
    notes: ['a delete ignores disruption budgets; nothing makes the pod anew: to undo is to create it again'],
  };
}

/** The evictions of all running pods. */
export function evictions(situation: Situation): PodEnd[] {
  return runningPods(situation).map((pod) => podEnd('evict', pod, false));
}

function podEnd(kind: PodEnd['kind'], pod: JsonObject, isBare: boolean): PodEnd {
  const podKind = knownKind({ apiVersion: 'v1', kind: 'Pod' });
  if (podKind === undefined) throw new Error('the kind Pod is not known');
  return {
    kind,
    object: referenceOf(pod, podKind),
    uid: uidOf(pod),
    specSha256: specSha256(pod),
    what: isBare ? `${kind} (nothing makes it anew)` : kind,
    isBare,
  };
}
