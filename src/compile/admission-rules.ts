import { costLimit } from '../policy/cel/expression.ts';
import type { Told } from '../policy/cel/told.ts';
import { nothingTold } from '../policy/cel/told.ts';
import type { Action } from '../policy/finding.ts';
import type { Policy, RuleInForce } from '../policy/policy.ts';

/** A rule whose findings of one action an admission policy tells. */
export interface ToldRule {
  readonly rule: RuleInForce;
  readonly told: Told;
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
    if (own.text === nothingTold.text) left.push({ rule: id });
    else if (costsOf(own) < costLimit) told.push({ rule, told: own });
    else left.push({ rule: id, reason: `it may cost ${costsOf(own)} of the API server's ${costLimit} units` });
  }
  return { told, left };
}

function toldOf({ definition, settings }: RuleInForce, action: Action): Told {
  if (definition.exact === undefined) return nothingTold;
  if (definition.classes === undefined && settings.action !== action) return nothingTold;
  return definition.exact(settings, action);
}

/** The most that one of the expressions may cost. */
function costsOf(told: Told): number {
  return Math.ceil(Math.max(told.cost, ...told.uses.map(({ value }) => value.cost)));
}

/** Whether something of the rule has this action. */
function mayAct({ definition, settings }: RuleInForce, action: Action): boolean {
  if (definition.judges === 'exec' || settings.action === 'off') return false;
  const classes = [...settings.classes.values()].flatMap((each) => [each.action, each.hostAccess]);
  return [settings.action, ...classes, ...(definition.tokens === undefined ? [] : [settings.tokens])].includes(action);
}
