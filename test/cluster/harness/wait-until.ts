import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until the wait fails. @default 30_000 */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks. @default 50 */
  readonly intervalMs?: number;
}

/**
 * Looks until `look` returns something other than undefined, and returns that. An error of `look` counts as "not yet",
 * and is the cause of the error when time runs out.
 * @param what - what is waited for; the error says it
 * @throws where the deadline passes first
 */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 30_000, intervalMs = 50 }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      if (error instanceof EndOfWait) throw error;
      cause = error;
    }
    if (performance.now() >= deadline) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause });
    await delay(intervalMs);
  }
}

/** Thrown by a look when no further look can succeed, so that the wait ends at once. */
export class EndOfWait extends Error {
  override readonly name = 'EndOfWait';
}
