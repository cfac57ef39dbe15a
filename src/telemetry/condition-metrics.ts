import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';

/** Tells how the conditions in the cluster stand to the policy in force. */
export interface ConditionMetrics {
  /** undefined: there are none, or nobody could look. */
  readonly conditionsInStep: (inStep: boolean | undefined) => void;
}

export function conditionMetrics(registry: Registry): ConditionMetrics {
  const inStep = new Gauge({
    name: 'seawall_match_conditions_in_step',
    help: 'Whether the matchConditions of the pods webhook are those of the policy; none without any.',
    registers: [registry],
  });
  inStep.remove();
  return {
    conditionsInStep: (value) => {
      if (value === undefined) inStep.remove();
      else inStep.set(value ? 1 : 0);
    },
  };
}
