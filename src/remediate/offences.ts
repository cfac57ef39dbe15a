import { judge } from '../policy/evaluate.ts';
import type { Finding, JsonObject } from '../policy/finding.ts';
import { compareActions } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import type { FindingSelector } from './named-targets.ts';

/** What the policy has against an object, of what is to be remedied; what is exempted is no offence. */
export function offencesBy(
  policy: Policy,
  nowMs: number,
  { rules, atLeast }: Pick<FindingSelector, 'rules' | 'atLeast'>,
): (object: JsonObject) => readonly Finding[] {
  return (object) =>
    judge(object, policy, nowMs).findings.filter(
      ({ rule, action }) => (rules.size === 0 || rules.has(rule)) && compareActions(action, atLeast) <= 0,
    );
}
