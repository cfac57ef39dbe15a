import type { EvaluationContext, Verdict } from '../policy/evaluate.ts';
import type { Finding } from '../policy/finding.ts';
import type { Repair } from '../policy/fix.ts';
import type { Policy } from '../policy/policy.ts';

/** The policy in force and what judges by it; given to the webhook, so that a test can put a fault in its place. */
export interface Engine {
  readonly policy: () => Policy;
  readonly judge: (object: unknown, policy: Policy, nowMs: number, context: EvaluationContext) => Verdict;
  readonly repair: (object: unknown, findings: readonly Finding[]) => Repair;
}
