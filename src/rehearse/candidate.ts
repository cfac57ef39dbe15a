import { judge } from '../policy/evaluate.ts';
import { repair } from '../policy/fix.ts';
import type { JsonObject } from '../policy/finding.ts';
import { applyPatch } from '../policy/json-patch.ts';
import type { Policy } from '../policy/policy.ts';

/** What a policy would make of a pod that came now: as the webhook does, repairs first, then the verdict. */
export type Outcome = 'refused' | 'repaired' | 'warned' | 'taken';

export const outcomes = ['refused', 'repaired', 'warned', 'taken'] as const satisfies readonly Outcome[];

export interface CandidateVerdict {
  readonly outcome: Outcome;
  /** Ids of the rules that decide it, and what was repaired; each once. */
  readonly because: readonly string[];
}

/**
 * The verdict of a policy on one pod. A repair that the policy asks for is made first: what is left is judged.
 * @param nowMs - milliseconds since the epoch; it decides which exemptions are in force
 */
export function candidateVerdict(pod: JsonObject, policy: Policy, nowMs: number): CandidateVerdict {
  const before = judge(pod, policy, nowMs).findings;
  const repairs = repair(
    pod,
    before.filter(({ repairable }) => repairable),
  );
  const after =
    repairs.operations.length === 0 ? before : judge(applyPatch(pod, repairs.operations), policy, nowMs).findings;
  const rules = (action: string): string[] => [
    ...new Set(after.filter((each) => each.action === action).map(({ rule }) => rule)),
  ];
  const denied = rules('deny');
  if (denied.length > 0) return { outcome: 'refused', because: denied };
  if (repairs.operations.length > 0) return { outcome: 'repaired', because: repairs.notes };
  const warned = rules('warn');
  return warned.length > 0 ? { outcome: 'warned', because: warned } : { outcome: 'taken', because: [] };
}
