import type { Cel } from '../policy/cel/expression.ts';
import { always, and, costLimit, lengthLimit, never, not, or, raw } from '../policy/cel/expression.ts';
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

/** What one condition may come to: what is left of the limits is for what stands around it. */
interface Room {
  readonly cost: number;
  readonly length: number;
}
const room: Room = { cost: costLimit - 50_000, length: lengthLimit - 10_000 };

/**
 * Joins the rules' own conditions: true of every pod in which the policy may have a finding whose action counts, as long as
 * `object` is one. A rule that gives no condition, or one that may be more than the API server allows, makes it true.
 */
export function podCondition(policy: Policy, counts: (action: Action) => boolean): PodCondition {
  const own: RuleCondition[] = [];
  let left = without(room, isTooMuch());
  for (const rule of policy.rules) {
    const each = conditionOf(rule, counts, left);
    if (each.condition.text === never.text) continue;
    own.push(each);
    left = without(left, each.condition);
  }
  const rules: RuleCondition[] = [];
  for (const each of own) {
    // Where there is no room for the exemptions of a rule, what they cover is asked about like all else.
    const spared = without(left, not(exemptedAlways(policy, each.rule)));
    const isExempting = each.fallback === undefined && spared.cost >= 0 && spared.length >= 0;
    if (isExempting) left = spared;
    rules.push(
      isExempting ? { ...each, condition: and(each.condition, not(exemptedAlways(policy, each.rule))) } : each,
    );
  }
  const conditions = rules.map(({ condition }) => condition);
  return { rules, whole: conditions.length === 0 ? never : or(isTooMuch(), ...conditions) };
}

/** The room that a condition leaves, its parentheses counted. */
function without({ cost, length }: Room, { cost: spent, text }: Cel): Room {
  return { cost: cost - spent, length: length - text.length - 16 };
}

function conditionOf(
  { definition, settings }: RuleInForce,
  counts: (action: Action) => boolean,
  left: Room,
): RuleCondition {
  const { id } = definition;
  if (settings.action === 'off') return { rule: id, condition: never };
  if (definition.necessary === undefined) {
    return { rule: id, condition: always, fallback: 'the rule has no condition that CEL could tell' };
  }
  const condition = definition.necessary(settings, counts);
  const { cost, length } = without(left, condition);
  if (condition.text === never.text || (cost >= 0 && length >= 0)) return { rule: id, condition };
  const fallback =
    cost < 0
      ? `it may cost ${condition.cost} units; ${left.cost} of the API server's ${costLimit} are left`
      : `it has ${condition.text.length} characters; ${left.length} of the API server's ${lengthLimit} are left`;
  return { rule: id, condition: always, fallback };
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
