/** How long to wait after one failure after another. */
export interface BackOff {
  /**
   * Counts a failure.
   * @param askedSeconds - the least that the server asks for (Retry-After)
   * @returns milliseconds to wait
   */
  readonly next: (askedSeconds?: number) => number;
  readonly reset: () => void;
}

const firstMs = 1_000;
const longestMs = 30_000;
/** What a server may ask for at most: a wrong Retry-After would end the work. */
const longestAskedMs = 120_000;

/**
 * Doubles from 1 s to 30 s; each wait is between half and all of that, so that many who failed together come back apart.
 * @param random - from 0 to below 1
 */
export function createBackOff(random: () => number): BackOff {
  let failures = 0;
  return {
    next: (askedSeconds = 0) => {
      const fullMs = Math.min(firstMs * 2 ** Math.min(failures, 10), longestMs);
      failures += 1;
      return Math.max(Math.round(fullMs * (0.5 + random() / 2)), Math.min(askedSeconds * 1_000, longestAskedMs));
    },
    reset: () => {
      failures = 0;
    },
  };
}
