/*
 * Which certificate a replica serves, and whether it should be asked: pure functions of what it sees. They hold even
 * where its view of the Secret or of the configurations is old.
 */
import type { BundleView, Leaf, Trust } from './rotation.ts';
import { trustedBy, trusts } from './rotation.ts';
import type { RotationTimes } from './rotation-times.ts';

export interface ServingView {
  /** The certificate in the Secret, where there is one. */
  readonly offered: Leaf | undefined;
  readonly served: Leaf | undefined;
  readonly bundles: readonly BundleView[];
  /** Milliseconds since the epoch by the clock of the API server. */
  readonly nowMs: number;
}

/**
 * Whether to serve the certificate of the Secret from now on: at once where nothing better is served, else only when no
 * configuration that trusts the served one would be lost.
 */
export function shouldTake({ offered, served, bundles, nowMs }: ServingView, times: RotationTimes): boolean {
  if (offered === undefined || !isValid(offered, nowMs)) return false;
  if (served === undefined || !isValid(served, nowMs)) return true;
  if (offered.fingerprint === served.fingerprint) return false;
  return bundles
    .filter((bundle) => trusts(bundle, served.issuer))
    .every((bundle) => trusts(bundle, offered.issuer) && isSettled(bundle, served, offered, nowMs, times));
}

/** Two certificates of one authority are trusted alike, however fresh a caBundle is. */
function isSettled(bundle: BundleView, served: Leaf, offered: Leaf, nowMs: number, times: RotationTimes): boolean {
  return served.issuer === offered.issuer || nowMs >= bundle.sinceMs + times.settleMs;
}

export interface ReadinessView extends Omit<ServingView, 'offered'> {
  readonly trust: Trust | undefined;
  /** Whether this replica was ready before. */
  readonly wasReady: boolean;
}

/**
 * Why this replica should not be asked; none where it should.
 *
 * Before its first request a replica waits until every configuration that fails closed trusts it. One that does not is
 * done without: who spoils it must not be able to stop pods that way. Later, a caBundle that trusts no certificate of ours
 * at all counts only if all are so: every replica sees the same, and to leave the Service would take the other webhooks
 * away as well.
 */
export function servingProblems({ served, trust, bundles, nowMs, wasReady }: ReadinessView): string[] {
  if (served === undefined) return ['there is no serving certificate'];
  if (nowMs >= served.notAfterMs) return ['the serving certificate has ended'];
  if (nowMs < served.notBeforeMs) return ['the serving certificate begins later than now'];
  const ours = new Set([...(trust === undefined ? [] : trustedBy(trust)), served.issuer]);
  const untrusting = bundles.filter((bundle) => !trusts(bundle, served.issuer));
  const mayPass = wasReady && untrusting.length < bundles.length;
  return untrusting
    .filter(({ failsClosed }) => failsClosed)
    .filter(({ authorities }) => !mayPass || authorities.some(({ fingerprint }) => ours.has(fingerprint)))
    .map(({ configuration }) => `the caBundle of ${configuration} does not trust the serving certificate`);
}

function isValid({ notBeforeMs, notAfterMs }: Leaf, nowMs: number): boolean {
  return notBeforeMs <= nowMs && nowMs < notAfterMs;
}
