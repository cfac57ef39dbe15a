import { asList, asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import { conditionedWebhooks } from './webhook-document.ts';

/**
 * How the conditions of the webhook that refuses stand to a policy. `none`: it has none, and is asked of every pod. `in-step`: those of the
 * policy. `other`: some that another policy, or another version of Seawall, compiles to: it may not be asked where it should be.
 */
export type ConditionsState = 'none' | 'in-step' | 'other';

/** Most conditions that a webhook may have. Source: k8s.io/api/admissionregistration/v1 ValidatingWebhook.MatchConditions. */
const maxConditions = 64;

/** Compares the conditions of a configuration, as the API server has it, with what the policy compiles to. */
export function conditionsState(configuration: unknown, policy: Policy): ConditionsState {
  const [refusing] = conditionedWebhooks;
  const webhook = asList(asObject(configuration)['webhooks']).find((each) => asObject(each)['name'] === refusing?.name);
  const found = asList(asObject(webhook)['matchConditions']);
  if (refusing === undefined || found.length === 0) return 'none';
  if (found.length > maxConditions) return 'other';
  const wanted = refusing.compile(policy).conditions.map(({ name, expression }) => `${name}\n${expression}`);
  const present = found.map(asObject).map(({ name, expression }) => `${asString(name)}\n${asString(expression)}`);
  // All of them must hold, in whatever order they stand.
  return wanted.length === present.length && wanted.every((each) => present.includes(each)) ? 'in-step' : 'other';
}
