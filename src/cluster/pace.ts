import { setTimeout as delay } from 'node:timers/promises';

/** Keeps requests apart, so that a scan leaves the API server to its other callers. */
export interface Pace {
  /** Resolves when the next request may be sent. @throws where the signal is aborted first */
  readonly turn: (signal: AbortSignal) => Promise<void>;
}

export interface PaceOptions {
  /** Milliseconds of a clock that is never set. @default performance.now */
  readonly monotonicMs?: () => number;
  readonly wait?: Wait;
}

/** Resolves after so many milliseconds. @throws where the signal is aborted first */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export const waitFor: Wait = (ms, signal) => delay(ms, undefined, { signal });

/** At most so many requests a second, in no bursts, for all who share it. */
export function createPace(perSecond: number, options: PaceOptions = {}): Pace {
  const { monotonicMs = () => performance.now(), wait = waitFor } = options;
  const apartMs = 1_000 / perSecond;
  let nextMs = monotonicMs();
  return {
    turn: async (signal) => {
      const nowMs = monotonicMs();
      const slotMs = Math.max(nowMs, nextMs);
      nextMs = slotMs + apartMs;
      if (slotMs > nowMs) await wait(slotMs - nowMs, signal);
    },
  };
}
