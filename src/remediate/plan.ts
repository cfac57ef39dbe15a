import type { ObjectReference } from '../policy/finding.ts';
import type { Change } from './change.ts';
import type { ClusterIdentity } from './session.ts';
import type { Step } from './situation.ts';

/** A plan is bound to what was seen: after this it is made anew. */
export const planLifeMs = 3_600_000;
export const defaultMaxTargets = 5;

/** One thing that the policy has against a target. */
export interface PlannedFinding {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

/** A root owner, and what is done to it. */
export interface PlannedTarget {
  readonly object: ObjectReference;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly specSha256: string;
  /** The way here from what was named, as `Pod shop/web-1`. */
  readonly chain: readonly string[];
  readonly findings: readonly PlannedFinding[];
  readonly step: Step;
  readonly why: string;
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
  /** Replicas that must stay healthy meanwhile, and that were when the plan was made. */
  readonly minHealthy: number;
  readonly healthy: number;
  /** The mark that was overridden, as `Argo CD application web`; absent where there was none. */
  readonly overridden?: string;
}

/** A target that is left alone, why, and what to do by hand. */
export interface RefusedTarget {
  readonly object: ObjectReference;
  readonly reason: string;
  /** Command lines and patches to look at; foreign words in them are quoted. */
  readonly byHand: readonly string[];
}

/** What is to be done, to the last field; `apply` does this and nothing else. */
export interface Plan {
  readonly apiVersion: 'seawall.dev/v1alpha1';
  readonly kind: 'RemediationPlan';
  readonly id: string;
  /** RFC 3339, by the clock of the API server. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly cluster: ClusterIdentity;
  readonly policy: string;
  /** Of the policy as it is written: another one may refuse other things. */
  readonly policySha256: string;
  readonly targets: readonly PlannedTarget[];
  readonly refused: readonly RefusedTarget[];
}

/** Changes that destroy what nothing makes anew. */
export function destructiveCount({ targets }: Plan): number {
  return targets.flatMap(({ changes }) => changes).filter((change) => 'isBare' in change && change.isBare).length;
}
