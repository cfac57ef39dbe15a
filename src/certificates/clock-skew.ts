import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** From where on a wrong clock is told. */
export const maxSkewMs = 5 * 60 * 1000;

/** How long it is not told again. */
const quietMs = 60 * 60 * 1000;

export interface SkewWatchOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
}

/** Makes a function that is given how far the API server's clock is ahead, and tells where that is too much. */
export function createSkewWatch({ log, metrics, monotonicMs }: SkewWatchOptions): (offsetMs: number) => void {
  let toldMs = -Infinity;
  return (offsetMs) => {
    metrics.clockSkew(offsetMs);
    if (Math.abs(offsetMs) <= maxSkewMs || monotonicMs() - toldMs < quietMs) return;
    toldMs = monotonicMs();
    const seconds = Math.round(Math.abs(offsetMs) / 1000);
    const direction = offsetMs > 0 ? 'behind' : 'ahead of';
    log.warn(
      { skew_seconds: Math.round(offsetMs / 1000) },
      `the clock of this replica is ${seconds} s ${direction} the API server's; certificates go by the latter`,
    );
  };
}
