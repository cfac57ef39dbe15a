import type { Cel } from '../policy/cel/expression.ts';
import { always, and, costLimit, never, not, or, raw } from '../policy/cel/expression.ts';
import { isTooMuch } from '../policy/cel/pod.ts';
import type { Action } from '../policy/finding.ts';
import type { Policy, RuleInForce } from '../policy/policy.ts';
import { exemptedAlways } from './exemption-condition.ts';

/** What one rule adds to the condition. */
export interface RuleCondition {
  readonly rule: string;
  readonly condition: Cel;
  /** Why the rule makes the condition true of every pod; absent where it does not. */
  readonly fallback?: string;
}

/** The condition that a pod may have a finding whose action counts. */
export interface PodCondition {
  /** In the order of the rules; those that never count are left out. */
  readonly rules: readonly RuleCondition[];
  readonly whole: Cel;
}

/** The most that one condition may cost: what is left of the limit is for what stands around it. */
const affordable = costLimit - 50_000;

/**
 * Joins the rules' own conditions: true of every pod in which the policy may have a finding whose action counts, as long as
 * `object` is one. A rule that gives no condition, or one that may cost more than the API server allows, makes it true.
 */
export function podCondition(policy: Policy, counts: (action: Action) => boolean): PodCondition {
  const rules: RuleCondition[] = [];
  let spent = isTooMuch().cost;
  for (const rule of policy.rules) {
    const condition = conditionOf(rule, policy, counts, affordable - spent);
    if (condition.condition.text === never.text) continue;
    rules.push(condition);
    spent += condition.condition.cost;
  }
  const conditions = rules.map(({ condition }) => condition);
  return { rules, whole: conditions.length === 0 ? never : or(isTooMuch(), ...conditions) };
}

function conditionOf(
  { definition, settings }: RuleInForce,
  policy: Policy,
  counts: (action: Action) => boolean,
  left: number,
): RuleCondition {
  const { id } = definition;
  if (settings.action === 'off') return { rule: id, condition: never };
  if (definition.necessary === undefined) {
    return { rule: id, condition: always, fallback: 'the rule has no condition that CEL could tell' };
  }
  const own = definition.necessary(settings, counts);
  if (own.text === never.text) return { rule: id, condition: never };
  const condition = and(own, not(exemptedAlways(policy, id)));
  if (condition.cost <= left) return { rule: id, condition };
  return {
    rule: id,
    condition: always,
    fallback: `it may cost ${condition.cost} units; ${left} of the API server's ${costLimit} are left`,
  };
}

/** The text of the condition with a line for each rule, and its name in front as a comment. */
export function conditionText({ rules, whole }: PodCondition): string {
  if (whole.text === never.text) return never.text;
  const parts = rules.map(
    ({ rule, condition, fallback }) =>
      `// ${rule}${fallback === undefined ? '' : `: asked of every pod, because ${fallback}`}\n|| (${condition.text})`,
  );
  return [`// More than is looked at here`, `(${isTooMuch().text})`, ...parts].join('\n');
}

/** A condition that is none of a pod's: nothing but a name or a constant. */
export function constant(text: string): Cel {
  return raw(text, 10);
}
