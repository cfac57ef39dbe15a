import type { ApiClient } from './api.ts';
import { ApiError } from './api.ts';
import type { ReadLease } from './lease-record.ts';
import { claimed, isRenewed, readLease, released } from './lease-record.ts';
import type { Wait } from './pace.ts';
import { waitFor } from './pace.ts';

export interface LeaderElectionOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly namespace: string;
  /** Of the Lease, which is made where it does not exist. */
  readonly name: string;
  /** Of this process and no other, as the pod's name with something random. */
  readonly identity: string;
  /**
   * Does what only one may do. When the signal is aborted it must end soon: the next term does not begin before its
   * promise has settled. Where it rejects, leadership is given back and sought again.
   */
  readonly onStartedLeading: (signal: AbortSignal) => Promise<void> | void;
  /** Told of each leader that is seen, this process too. */
  readonly onNewLeader?: (identity: string) => void;
  /** Told of each request that failed, and of what onStartedLeading throws. */
  readonly onError?: (error: unknown) => void;
  /** How long the others wait after the last renewal that they saw; rounded up to seconds. @default 15000 */
  readonly leaseDurationMs?: number;
  /** How long after its last renewal a leader gives up; less than the duration. @default 10000 */
  readonly renewDeadlineMs?: number;
  /** Between two tries. @default 2000 */
  readonly retryPeriodMs?: number;
  /** Milliseconds since the epoch, for people who read the Lease; nothing is decided by it. @default Date.now */
  readonly now?: () => number;
  /** Milliseconds of a clock that is never set. @default performance.now */
  readonly monotonicMs?: () => number;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
  readonly wait?: Wait;
}

/** One of several processes of which one leads. */
export interface LeaderElection {
  /** Whether this process may act as the leader now. */
  readonly isLeader: () => boolean;
  /** The leader that was seen last; '' where the lease was given back, undefined before the first look. */
  readonly leader: () => string | undefined;
  /** Ends the work, then gives the lease back so that another leads at once. */
  readonly stop: () => Promise<void>;
}

/**
 * Leader election as client-go does it: a lease counts from when its renewal was seen, not from the time that is written
 * in it, so that clocks may differ. It bounds two leaders only as well as the signal is heeded: what must not happen twice
 * needs a resourceVersion of its own. Source: k8s.io/client-go tools/leaderelection/leaderelection.go.
 */
export function startLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const stopping = new AbortController();
  const candidate = new Candidate(options, stopping.signal);
  const ended = candidate.run();
  return {
    isLeader: () => candidate.isLeader(),
    leader: () => candidate.leader,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/** How long a stop waits for the work to end, before it leaves the lease to expire. */
const workGraceMs = 5_000;

class Candidate {
  leader: string | undefined;
  readonly #options: LeaderElectionOptions;
  readonly #stopping: AbortSignal;
  readonly #path: string;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  readonly #wait: Wait;
  /** The lease as it is, where nobody else may have written it. */
  #lease: ReadLease | undefined;
  /** The last record that was seen, and when it was first seen. */
  #seen: { readonly lease: ReadLease; readonly atMs: number } | undefined;
  /** When the last renewal of ours was sent; undefined while another leads. */
  #renewedMs: number | undefined;
  #term: AbortController | undefined;

  constructor(options: LeaderElectionOptions, stopping: AbortSignal) {
    const { namespace, leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    if (renewDeadlineMs >= leaseDurationMs || retryPeriodMs >= renewDeadlineMs) {
      throw new RangeError('a leader election needs retryPeriodMs < renewDeadlineMs < leaseDurationMs');
    }
    this.#options = options;
    this.#stopping = stopping;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    this.#durationMs = leaseDurationMs;
    this.#deadlineMs = renewDeadlineMs;
    this.#retryMs = retryPeriodMs;
    this.#wait = options.wait ?? waitFor;
  }

  isLeader(): boolean {
    // By the clock too: the timer of a process that was stopped for a while comes late.
    return this.#term?.signal.aborted === false && this.#leftMs() > 0;
  }

  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      if (await this.#tryToHold(this.#stopping)) await this.#lead();
      // After a term too: another shall have its chance where the work here has failed.
      await this.#pause(this.#stopping);
    }
  }

  /** Leads until the lease is lost or the stop; the work has settled then, or had its grace. */
  async #lead(): Promise<void> {
    const term = new AbortController();
    this.#term = term;
    const end = (): void => term.abort();
    const isOver = (): boolean => term.signal.aborted;
    this.#stopping.addEventListener('abort', end, { once: true });
    // The stop may have come while the lease was being taken.
    if (this.#stopping.aborted) end();
    const work = isOver() ? Promise.resolve() : this.#work(term);
    while (!isOver()) {
      const deadline = setTimeout(end, this.#leftMs());
      await this.#pause(term.signal);
      if (!isOver()) await this.#tryToHold(term.signal);
      clearTimeout(deadline);
      if (this.#leftMs() <= 0) end();
    }
    this.#stopping.removeEventListener('abort', end);
    const isSettled = await this.#settled(work);
    if (isSettled && this.#leftMs() > 0) await this.#release();
    this.#renewedMs = undefined;
    this.#lease = undefined;
  }

  async #work(term: AbortController): Promise<void> {
    try {
      await this.#options.onStartedLeading(term.signal);
    } catch (error) {
      this.#options.onError?.(error);
      term.abort();
    }
  }

  /** Whether the work has ended; false where a stop does not wait for it any longer. */
  async #settled(work: Promise<void>): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<false>();
    let timer: NodeJS.Timeout | undefined;
    const hurry = (): void => {
      timer = setTimeout(() => resolve(false), workGraceMs);
    };
    if (this.#stopping.aborted) hurry();
    else this.#stopping.addEventListener('abort', hurry, { once: true });
    const isSettled = await Promise.race([work.then(() => true), late]);
    this.#stopping.removeEventListener('abort', hurry);
    clearTimeout(timer);
    return isSettled;
  }

  /** Milliseconds that this process may still lead. */
  #leftMs(): number {
    return this.#renewedMs === undefined ? 0 : this.#renewedMs + this.#deadlineMs - this.#nowMs();
  }

  /** Takes or renews the lease where that may be. @returns whether it is ours now */
  async #tryToHold(signal: AbortSignal): Promise<boolean> {
    const { namespace, name, identity, now = Date.now } = this.#options;
    try {
      const lease = this.#lease ?? (await this.#read(signal));
      if (lease !== undefined && !this.#mayTake(lease)) {
        this.#renewedMs = undefined;
        return false;
      }
      const sentMs = this.#nowMs();
      const claim = { namespace, name, identity, durationMs: this.#durationMs, nowMs: now() };
      const body = claimed(lease, claim);
      this.#lease = undefined;
      const written =
        lease === undefined
          ? await this.#send('POST', this.#path, signal, body)
          : await this.#send('PUT', `${this.#path}/${name}`, signal, body);
      this.#lease = this.#see(written);
      this.#renewedMs = sentMs;
      return true;
    } catch (error) {
      if (!signal.aborted) this.#options.onError?.(error);
      return false;
    }
  }

  /** undefined where there is none */
  async #read(signal?: AbortSignal): Promise<ReadLease | undefined> {
    try {
      return this.#see(await this.#send('GET', `${this.#path}/${this.#options.name}`, signal));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  #see(lease: ReadLease): ReadLease {
    if (this.#seen === undefined || isRenewed(this.#seen.lease.record, lease.record)) {
      this.#seen = { lease, atMs: this.#nowMs() };
    }
    const { holder } = lease.record;
    if (holder !== this.leader) {
      this.leader = holder;
      if (holder !== '') this.#options.onNewLeader?.(holder);
    }
    return lease;
  }

  #mayTake({ record }: ReadLease): boolean {
    if (record.holder === '' || record.holder === this.#options.identity) return true;
    const seenMs = this.#seen?.atMs ?? this.#nowMs();
    return this.#nowMs() >= seenMs + (record.durationMs ?? this.#durationMs);
  }

  async #release(): Promise<void> {
    const { name, identity, now = Date.now } = this.#options;
    try {
      for (let attempt = 1; ; attempt++) {
        const lease = this.#lease ?? (await this.#read());
        if (lease?.record.holder !== identity) return;
        this.#lease = undefined;
        try {
          this.#see(await this.#send('PUT', `${this.#path}/${name}`, undefined, released(lease, now())));
          return;
        } catch (error) {
          // A renewal that the stop cut short may have come after all.
          if (!(error instanceof ApiError && error.code === 'conflict') || attempt === 3) throw error;
        }
      }
    } catch (error) {
      this.#options.onError?.(error);
    }
  }

  async #send(method: 'GET' | 'POST' | 'PUT', path: string, signal?: AbortSignal, body?: unknown): Promise<ReadLease> {
    const timeoutMs = this.#deadlineMs / 2;
    const bounds = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
    const answer = await this.#options.client.request(method, path, { ...bounds, body });
    return readLease(answer.body);
  }

  /** Between half of the period and all of it, so that candidates do not ask in step. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { random = Math.random } = this.#options;
    // It rejects where the signal cuts it short.
    await this.#wait(this.#retryMs * (0.5 + random() / 2), signal).catch(() => undefined);
  }

  #nowMs(): number {
    return this.#options.monotonicMs?.() ?? performance.now();
  }
}
