import type { ApiClient } from '../cluster/api.ts';
import type { ConditionsState } from '../compile/conditions-in-force.ts';
import { conditionsState } from '../compile/conditions-in-force.ts';
import { conditionedConfiguration } from '../compile/webhook-document.ts';
import type { Policy } from '../policy/policy.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { reasonOf } from '../telemetry/reason.ts';

const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${conditionedConfiguration}`;

/** How often the conditions are looked at though no policy has come. */
export const conditionsEveryMs = 60_000;

export interface ConditionsCheckOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly policy: () => Policy;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'conditionsInStep'>;
}

export interface ConditionsCheck {
  /** Looks once; it never rejects. */
  readonly check: () => Promise<void>;
  /** What is amiss, as it was seen last; for whoever asks whether this replica is ready. */
  readonly notes: () => readonly string[];
}

/**
 * Holds the matchConditions in the cluster against the policy in force: whoever applies them from Git learns that they are of another
 * policy from a metric and, once each time it changes, from the log. It writes nothing.
 */
export function createConditionsCheck({ client, policy, log, metrics }: ConditionsCheckOptions): ConditionsCheck {
  let told: ConditionsState | 'unseen' | undefined;
  const check = async (): Promise<void> => {
    let state: ConditionsState | 'unseen';
    try {
      state = conditionsState((await client.request('GET', path)).body, policy());
    } catch (error) {
      state = 'unseen';
      if (told !== state) log.warn({ reason: reasonOf(error) }, 'the matchConditions could not be read');
    }
    metrics.conditionsInStep(state === 'in-step' ? true : state === 'other' ? false : undefined);
    if (state === told) return;
    told = state;
    const fields = { configuration: conditionedConfiguration, policy: policy().name };
    if (state === 'other')
      log.error(fields, 'the matchConditions are of another policy: pods may pass that this one refuses');
    else if (state === 'in-step') log.info(fields, 'the matchConditions are those of the policy');
  };
  return { check, notes: () => (told === 'other' ? ['the matchConditions are of another policy'] : []) };
}
