import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';

/** Tells how the conditions in the cluster stand to the policy in force. */
export interface ConditionMetrics {
  /** undefined: there are none, or nobody could look. */
  readonly conditionsInStep: (inStep: boolean | undefined) => void;
  /** Whether the webhook is asked of every pod, because it has no conditions or the widest. */
  readonly conditionsWide: (isWide: boolean) => void;
  readonly conditionsWritten: (written: 'own' | 'wide' | 'claim', result: 'success' | 'outdated' | 'failure') => void;
  /** Whether a policy was read that is not in force yet. */
  readonly policyWaits: (waits: boolean) => void;
}

export function conditionMetrics(registry: Registry): ConditionMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string) => {
    const made = new Gauge({ name, help, registers });
    made.remove();
    return made;
  };
  const inStep = gauge(
    'seawall_match_conditions_in_step',
    'Whether the matchConditions of the pods webhook are those of the policy; none without any.',
  );
  const wide = gauge(
    'seawall_match_conditions_wide',
    'Whether the pods webhook is asked of every pod; none unless Seawall writes the matchConditions.',
  );
  const waits = gauge(
    'seawall_policy_waits',
    'Whether a policy that was read waits for the matchConditions to be widened; none unless Seawall writes them.',
  );
  const written = new Counter({
    name: 'seawall_match_conditions_written_total',
    help: 'Writings of the matchConditions.',
    labelNames: ['written', 'result'] as const,
    registers,
  });
  return {
    conditionsInStep: (value) => {
      if (value === undefined) inStep.remove();
      else inStep.set(value ? 1 : 0);
    },
    conditionsWide: (value) => wide.set(value ? 1 : 0),
    conditionsWritten: (what, result) => written.inc({ written: what, result }),
    policyWaits: (value) => waits.set(value ? 1 : 0),
  };
}
