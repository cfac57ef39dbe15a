import type { Barrier } from './launch-paths.ts';

/** What becomes of a launch path in a namespace, under the admission that is in force there. */
export const effectStates = [
  'possible',
  /** Seawall is registered in the cluster, and does not refuse this here. */
  'not-enforced',
  /** What is in force may not be read. */
  'unknown',
  'refused-by-pod-security',
  'refused-by-seawall',
] as const;

export type EffectState = (typeof effectStates)[number];

export interface Effect {
  readonly state: EffectState;
  /** Why, in a few words; '' where the state says it all. */
  readonly reason: string;
}

/** Gives the same object for the same effect, so that namespaces are grouped by it. */
export interface AdmissionInForce {
  effectOf(barrier: Barrier, namespace: string): Effect;
}

export const possible: Effect = { state: 'possible', reason: '' };

export function isRefused({ state }: Pick<Effect, 'state'>): boolean {
  return state === 'refused-by-seawall' || state === 'refused-by-pod-security';
}
