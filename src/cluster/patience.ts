import type { ApiClient, JsonObject } from './api.ts';
import { ApiError } from './api.ts';
import type { Pace, Wait } from './pace.ts';
import { waitFor } from './pace.ts';

/** How long a reader waits for a server that is busy or away, and how much it asks of one that is not. */
export interface Patience {
  /** Milliseconds for one request. @default 60000 */
  readonly timeoutMs?: number;
  /** Milliseconds for which one thing is asked for again where the server is away or busy. @default 120000 */
  readonly patienceMs?: number;
  readonly pace?: Pace;
  readonly signal?: AbortSignal;
  /** Milliseconds of a clock that is never set. @default performance.now */
  readonly monotonicMs?: () => number;
  readonly wait?: Wait;
}

/** A page of large objects takes the server seconds to write. */
export const defaultTimeoutMs = 60_000;
/** Longer than a rollout of the API server keeps one from its callers. */
const defaultPatienceMs = 120_000;
const longestWaitMs = 30_000;

/**
 * Reads one object, and again where the server is busy (429, after its Retry-After), away or broken.
 * @throws {ApiError} where it cannot be had
 */
export async function getPatiently(
  client: Pick<ApiClient, 'request'>,
  path: string,
  patience: Patience,
): Promise<JsonObject> {
  const { timeoutMs = defaultTimeoutMs, pace, signal = new AbortController().signal } = patience;
  const retries = new Retries(patience, signal);
  for (;;) {
    await pace?.turn(signal);
    try {
      return (await client.request('GET', path, { timeoutMs, signal })).body;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await retries.pause(error);
    }
  }
}

/** The waits between two requests for the same. */
export class Retries {
  readonly #options: Patience;
  readonly #signal: AbortSignal;
  readonly #startedMs: number;
  #count = 0;

  constructor(options: Patience, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#startedMs = this.#nowMs();
  }

  /** Waits until it is worth to ask again. @throws the error where it is not */
  async pause(error: ApiError): Promise<void> {
    const { patienceMs = defaultPatienceMs, wait = waitFor } = this.#options;
    if (this.#signal.aborted || !maySucceedLater(error)) throw error;
    this.#count += 1;
    const backOffMs = 250 * 2 ** Math.min(this.#count, 6);
    const askedMs = (error.retryAfterSeconds ?? 0) * 1_000;
    const ms = Math.max(askedMs, Math.min(backOffMs, longestWaitMs));
    if (this.#nowMs() + ms - this.#startedMs > patienceMs) throw error;
    await wait(ms, this.#signal);
  }

  #nowMs(): number {
    return this.#options.monotonicMs?.() ?? performance.now();
  }
}

const passing: ReadonlySet<string> = new Set([
  'unreachable',
  'broken-off',
  'timeout',
  'server-error',
  'too-many-requests',
]);

function maySucceedLater({ code }: ApiError): boolean {
  return passing.has(code);
}
