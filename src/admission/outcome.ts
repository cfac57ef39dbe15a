import type { ExemptedFinding, Finding } from '../policy/finding.ts';
import type { Repair } from '../policy/fix.ts';
import type { TargetSource } from '../telemetry/exec-metrics.ts';

/** What admission makes of the findings on one request. */
export interface Outcome {
  /** Why it is refused; empty for a request that is let through. */
  readonly denied: readonly Finding[];
  /** What the caller is told. */
  readonly warned: readonly Finding[];
  /** What only the audit log and the metrics are told. */
  readonly audited: readonly Finding[];
  readonly exempted: readonly ExemptedFinding[];
  /** Why nothing was refused or repaired, where that has another reason than the policy. */
  readonly spared?: 'mirror-pod';
  readonly mending?: Mending;
  /** Where the target of an exec is known from, where somebody looked for it. */
  readonly targetFrom?: TargetSource;
}

/** A repair, and the lines of it that the caller is told. */
export interface Mending {
  readonly repair: Repair;
  readonly told: readonly string[];
}

/** The outcome of nearly every request: nothing to say. */
export const silence: Outcome = Object.freeze({ denied: [], warned: [], audited: [], exempted: [] });
