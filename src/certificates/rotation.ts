/*
 * What is to be done next about the certificates, as a pure function of what is known and what time it is.
 *
 * The order of a rotation is what keeps requests from failing: the new authority goes into the caBundle of every
 * configuration, then the API servers get time to see it, then the certificate changes, and the old authority stays
 * trusted until no replica can serve a certificate of it.
 */
import type { RotationTimes } from './rotation-times.ts';
import { leastGainMs, maxOldAuthorities } from './rotation-times.ts';

/** A certificate authority, told from others by the SHA-256 fingerprint of its certificate. */
export interface Authority {
  readonly fingerprint: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** An authority that signs no more, and is trusted until it leaves. */
export interface OldAuthority extends Authority {
  readonly leavesMs: number;
}

/** A serving certificate. */
export interface Leaf extends Authority {
  /** Fingerprint of the authority that signed it. */
  readonly issuer: string;
}

/** What the Secret holds. */
export interface Trust {
  readonly authority: Authority;
  /** Undefined where the Secret has none that belongs to the authority and is good for the Service. */
  readonly leaf: Leaf | undefined;
  /** The authority that will sign when every caBundle has it. */
  readonly next: Authority | undefined;
  readonly old: readonly OldAuthority[];
  /** Whether somebody asked for a new authority before its time. */
  readonly rotateRequested: boolean;
}

/** What one existing webhook configuration trusts. */
export interface BundleView {
  readonly configuration: string;
  /** The authorities that every one of its webhooks trusts. */
  readonly authorities: readonly Authority[];
  /** Since when this replica has seen it so. */
  readonly sinceMs: number;
  /** Whether requests are refused where a webhook of it cannot be called (failurePolicy Fail). */
  readonly failsClosed: boolean;
}

export interface RotationInput {
  /** Undefined where there is no Secret, or one that cannot be read. */
  readonly trust: Trust | undefined;
  /** What the Secret held when this replica could last read it. */
  readonly remembered: Trust | undefined;
  /** The configurations that exist. */
  readonly bundles: readonly BundleView[];
  /** The certificate that this replica serves, and the authority that signed it. */
  readonly served: { readonly leaf: Leaf; readonly authority: Authority } | undefined;
  /** Milliseconds since the epoch by the clock of the API server. */
  readonly nowMs: number;
}

/** The next step of the one replica that leads. */
export type Step =
  /** A new authority and a certificate of it at once; `keep` are the authorities that stay trusted for the overlap. */
  | { readonly kind: 'create'; readonly keep: readonly Authority[] }
  /** The Secret is lost, and this replica remembers what it held, though perhaps not the last of it: `keep` as above. */
  | { readonly kind: 'put-back'; readonly keep: readonly Authority[] }
  /** An authority that is served from and that the Secret does not know stays trusted for the overlap. */
  | { readonly kind: 'keep-served'; readonly authority: Authority }
  | { readonly kind: 'issue-leaf' }
  | { readonly kind: 'publish-next' }
  | { readonly kind: 'switch-to-next' }
  | { readonly kind: 'retire-old'; readonly fingerprints: readonly string[] }
  | {
      readonly kind: 'wait';
      readonly reason: WaitReason;
      /** Which configurations are waited for. */
      readonly configurations: readonly string[];
      /** When it is over; undefined where that depends on others. */
      readonly untilMs: number | undefined;
    }
  | { readonly kind: 'nothing'; readonly untilMs: number };

export type WaitReason =
  /** A certificate begins later than now: the clock is behind, and what was issued by a right one is not thrown away. */
  | 'clock-behind'
  /** A caBundle does not have the next authority yet. */
  | 'not-published'
  /** Every caBundle has it; the API servers get time to see it. */
  | 'settling'
  /** Too many old authorities are trusted still. */
  | 'too-many-old';

export function nextStep(input: RotationInput, times: RotationTimes): Step {
  const { trust, remembered, nowMs } = input;
  if (trust === undefined) {
    if (remembered === undefined || nowMs >= remembered.authority.notAfterMs) return create(input);
    const known = trustedBy(remembered);
    return { kind: 'put-back', keep: worthKeeping(input).filter(({ fingerprint }) => !known.has(fingerprint)) };
  }
  const { authority, next } = trust;
  if (nowMs >= authority.notAfterMs) {
    // Nobody can be served with it any more, so that there is nothing to wait for.
    if (next !== undefined && isValid(next, nowMs)) return { kind: 'switch-to-next' };
    return create(input);
  }
  if (nowMs < authority.notBeforeMs) return wait('clock-behind', [], authority.notBeforeMs);
  const unknown = unknownServed(input, trust);
  if (unknown !== undefined) return { kind: 'keep-served', authority: unknown };
  return leafStep(trust, nowMs, times) ?? retirement(input, trust) ?? authorityStep(input, trust, times);
}

function create(input: RotationInput): Step {
  return { kind: 'create', keep: worthKeeping(input) };
}

/** The authorities of which some replica may serve a certificate. */
function worthKeeping({ trust, bundles, served, nowMs }: RotationInput): Authority[] {
  const found = new Map<string, Authority>();
  const candidates = [
    ...(served === undefined ? [] : [served.authority]),
    ...(trust === undefined ? [] : [trust.authority, ...trust.old]),
    ...bundles.flatMap(({ authorities }) => authorities),
  ];
  for (const authority of candidates) {
    if (isValid(authority, nowMs) && found.size < maxOldAuthorities) found.set(authority.fingerprint, authority);
  }
  return [...found.values()];
}

/** The authority of what this replica serves, where no caBundle that is made from the Secret would trust it. */
function unknownServed({ served, nowMs }: RotationInput, trust: Trust): Authority | undefined {
  if (served === undefined || nowMs >= served.leaf.notAfterMs) return undefined;
  return trustedBy(trust).has(served.authority.fingerprint) ? undefined : served.authority;
}

/** Fingerprints of all that is to stand in every caBundle. */
export function trustedBy({ authority, next, old }: Trust): ReadonlySet<string> {
  return new Set([authority, ...(next === undefined ? [] : [next]), ...old].map(({ fingerprint }) => fingerprint));
}

function leafStep({ authority, leaf }: Trust, nowMs: number, times: RotationTimes): Step | undefined {
  if (leaf === undefined || nowMs >= leaf.notAfterMs) return { kind: 'issue-leaf' };
  if (nowMs < leaf.notBeforeMs) return wait('clock-behind', [], leaf.notBeforeMs);
  return nowMs >= leafDueMs(authority, leaf, times) ? { kind: 'issue-leaf' } : undefined;
}

/** When a certificate is renewed: never, where its authority ends too soon to give a longer one. */
function leafDueMs(authority: Authority, leaf: Leaf, times: RotationTimes): number {
  const gains = leaf.notAfterMs + leastGainMs <= authority.notAfterMs;
  return gains ? leaf.notAfterMs - times.leafRenewBeforeMs : Infinity;
}

function retirement({ served, nowMs }: RotationInput, { old }: Trust): Step | undefined {
  const leaving = old.filter(
    (each) => nowMs >= each.notAfterMs || (nowMs >= each.leavesMs && served?.leaf.issuer !== each.fingerprint),
  );
  if (leaving.length === 0) return undefined;
  return { kind: 'retire-old', fingerprints: leaving.map(({ fingerprint }) => fingerprint) };
}

function authorityStep(input: RotationInput, trust: Trust, times: RotationTimes): Step {
  const { bundles, nowMs } = input;
  const { authority, leaf, next, old, rotateRequested } = trust;
  if (next !== undefined) {
    if (nowMs >= next.notAfterMs - times.authorityRenewBeforeMs) return { kind: 'publish-next' };
    if (nowMs < next.notBeforeMs) return wait('clock-behind', [], next.notBeforeMs);
    return untilPublished(bundles, next, nowMs, times) ?? { kind: 'switch-to-next' };
  }
  const dueMs = authority.notAfterMs - times.authorityRenewBeforeMs;
  const earliestLeaveMs = Math.min(...old.map(({ leavesMs, notAfterMs }) => Math.min(leavesMs, notAfterMs)));
  if (rotateRequested || nowMs >= dueMs) {
    if (old.length >= maxOldAuthorities) return wait('too-many-old', [], earliestLeaveMs);
    return { kind: 'publish-next' };
  }
  const leafMs = leaf === undefined ? nowMs : leafDueMs(authority, leaf, times);
  return { kind: 'nothing', untilMs: Math.min(dueMs, leafMs, earliestLeaveMs) };
}

/** Undefined where every configuration has trusted the next authority for long enough. */
function untilPublished(
  bundles: readonly BundleView[],
  next: Authority,
  nowMs: number,
  times: RotationTimes,
): Step | undefined {
  const missing = bundles.filter((bundle) => !trusts(bundle, next.fingerprint));
  if (missing.length > 0) return wait('not-published', names(missing), undefined);
  const fresh = bundles.filter(({ sinceMs }) => nowMs < sinceMs + times.settleMs);
  if (fresh.length === 0) return undefined;
  return wait('settling', names(fresh), Math.max(...fresh.map(({ sinceMs }) => sinceMs + times.settleMs)));
}

export function trusts({ authorities }: Pick<BundleView, 'authorities'>, fingerprint: string): boolean {
  return authorities.some((each) => each.fingerprint === fingerprint);
}

function names(bundles: readonly BundleView[]): string[] {
  return bundles.map(({ configuration }) => configuration);
}

function isValid({ notBeforeMs, notAfterMs }: Authority, nowMs: number): boolean {
  return notBeforeMs <= nowMs && nowMs < notAfterMs;
}

function wait(reason: WaitReason, configurations: readonly string[], untilMs: number | undefined): Step {
  return { kind: 'wait', reason, configurations, untilMs };
}
