const minuteMs = 60 * 1000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long the parts of a rotation take, all in milliseconds. */
export interface RotationTimes {
  /** How long an authority lasts. */
  readonly authorityLifetimeMs: number;
  /** How long before its end an authority is replaced; longer than a serving certificate's renewal, or it would cut that short. */
  readonly authorityRenewBeforeMs: number;
  readonly leafLifetimeMs: number;
  readonly leafRenewBeforeMs: number;
  /**
   * How long a new authority stands in every caBundle before a certificate of it is served: each API server reads the
   * configurations through a watch of its own, and none of them says how far it is.
   */
  readonly settleMs: number;
  /**
   * How long an authority stays trusted after the last certificate of it was replaced: a replica that is cut off from
   * the API server serves on with it, and hears of nothing.
   */
  readonly oldAuthorityStaysMs: number;
}

export const rotationTimes: RotationTimes = {
  authorityLifetimeMs: 365 * dayMs,
  authorityRenewBeforeMs: 60 * dayMs,
  leafLifetimeMs: 90 * dayMs,
  leafRenewBeforeMs: 30 * dayMs,
  settleMs: minuteMs,
  oldAuthorityStaysMs: 24 * hourMs,
};

/** A renewal that gains less than this is none: near the end of its authority a certificate cannot last longer. */
export const leastGainMs = dayMs;

/** Most authorities that stay trusted beside the one that signs; a caBundle is read at every handshake. */
export const maxOldAuthorities = 4;
