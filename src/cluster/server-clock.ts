/** How far another machine's clock is ahead of ours, as the times of its answers tell. */
export interface ServerClock {
  /**
   * Takes an answer into account.
   * @param dateMs - its Date header, which tells whole seconds
   * @param sentMs - when it was asked for, by our clock
   * @param receivedMs - when its head was there, by our clock
   */
  readonly see: (dateMs: number, sentMs: number, receivedMs: number) => void;
  /** Milliseconds, the middle of what all answers allow; 0 before the first. */
  readonly offsetMs: () => number;
}

/**
 * Each answer bounds the offset: the server wrote the header between our two times. What all of them allow is known better
 * than by any one, and an answer that was long on its way spoils nothing. One that fits none of the others tells of a clock
 * that was set, or has drifted: it counts alone.
 */
export function createServerClock(): ServerClock {
  let least = -Infinity;
  let most = Infinity;
  return {
    see: (dateMs, sentMs, receivedMs) => {
      const low = dateMs - receivedMs;
      const high = dateMs + 1_000 - sentMs;
      const fits = low <= most && high >= least;
      least = fits ? Math.max(least, low) : low;
      most = fits ? Math.min(most, high) : high;
    },
    offsetMs: () => (Number.isFinite(least) ? (least + most) / 2 : 0),
  };
}
