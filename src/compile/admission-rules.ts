import type { Cel } from '../policy/cel/expression.ts';
import { always, costLimit, lengthLimit } from '../policy/cel/expression.ts';
import type { Told } from '../policy/cel/told.ts';
import { nothingTold } from '../policy/cel/told.ts';
import type { Action } from '../policy/finding.ts';
import type { Policy, RuleInForce } from '../policy/policy.ts';
import { exemptedPerhaps } from './exemption-condition.ts';

/** A rule whose findings of one action an admission policy tells. */
export interface ToldRule {
  readonly rule: RuleInForce;
  readonly told: Told;
  /** Where it says nothing. */
  readonly exempted: Cel;
}

/** A rule with an action that an admission policy cannot tell of, and why. */
export interface LeftRule {
  readonly rule: string;
  /** Absent where no expression could ever decide it. */
  readonly reason?: string;
}

export interface RulesByTeller {
  readonly told: readonly ToldRule[];
  readonly left: readonly LeftRule[];
}

/** What an admission policy tells of the policy's findings with one action, and what it leaves to the webhook. */
export function rulesWithAction(policy: Policy, action: Action): RulesByTeller {
  const told: ToldRule[] = [];
  const left: LeftRule[] = [];
  for (const rule of policy.rules) {
    if (!mayAct(rule, action)) continue;
    const { id } = rule.definition;
    const own = toldOf(rule, action);
    const exempted = exemptedPerhaps(policy, id);
    const reason = reasonAgainst(own, exempted);
    if (own.text === nothingTold.text) left.push({ rule: id });
    else if (reason === undefined) told.push({ rule, told: own, exempted });
    else left.push({ rule: id, reason });
  }
  return { told, left };
}

function toldOf({ definition, settings }: RuleInForce, action: Action): Told {
  if (definition.exact === undefined) return nothingTold;
  if (definition.classes === undefined && settings.action !== action) return nothingTold;
  return definition.exact(settings, action);
}

/** Room for what stands around the expression of a rule. */
const around = 1_000;

/** Why no expression of the API server can tell what the rule would. */
function reasonAgainst(told: Told, exempted: Cel): string | undefined {
  if (exempted.text === always.text) return 'its exemptions may cover any pod, or are more than an expression bears';
  const values = told.uses.map(({ value }) => value);
  const cost = Math.ceil(Math.max(told.cost + exempted.cost, ...values.map((each) => each.cost)));
  if (cost >= costLimit) return `it may cost ${cost} of the API server's ${costLimit} units`;
  const texts = [told.text + exempted.text, ...values.map(({ text }) => text)];
  const length = Math.max(...texts.map((text) => text.length)) + around;
  return length > lengthLimit
    ? `it has ${length} of the ${lengthLimit} characters that the API server takes`
    : undefined;
}

/** Whether something of the rule has this action. */
function mayAct({ definition, settings }: RuleInForce, action: Action): boolean {
  if (definition.judges === 'exec' || settings.action === 'off') return false;
  const classes = [...settings.classes.values()].flatMap((each) => [each.action, each.hostAccess]);
  return [settings.action, ...classes, ...(definition.tokens === undefined ? [] : [settings.tokens])].includes(action);
}
