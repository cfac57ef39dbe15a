import { isObject } from '../policy/json.ts';
import type { ApiClient, ApiErrorCode, JsonObject, WatchEvent } from './api.ts';
import { ApiError } from './api.ts';
import type { BackOff } from './back-off.ts';
import { createBackOff } from './back-off.ts';
import { listPages } from './list.ts';
import type { Wait } from './pace.ts';
import { waitFor } from './pace.ts';

/**
 * Who is told of a collection. A list comes as onListBegin, any number of onPage, onListEnd: what was known before it and
 * is in none of its pages is gone, and its deletion is told in no other way. A list that breaks off is followed by another
 * onListBegin. Until the first onListEnd nothing is complete.
 */
export interface Reflection {
  readonly onListBegin: () => void;
  /** As the server sent them: those of a typed list have neither apiVersion nor kind. */
  readonly onPage: (items: readonly JsonObject[]) => void;
  readonly onListEnd: () => void;
  /** In the order of the server, each once. */
  readonly onEvent: (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: JsonObject) => void;
}

export interface ReflectorOptions extends Reflection {
  readonly client: Pick<ApiClient, 'request' | 'watch'>;
  /** Of the collection, perhaps with selectors: /api/v1/pods?fieldSelector=spec.nodeName%3Da */
  readonly path: string;
  /** @default 500 */
  readonly pageSize?: number;
  /** Most bytes of a page of the list. @default that of ApiClient.request */
  readonly maxPageBytes?: number;
  /** Told of each failure, and of the milliseconds until the next try. */
  readonly onError?: (error: unknown, waitMs: number) => void;
  /** Milliseconds of silence after which a watch is begun anew. @default 90000 */
  readonly idleTimeoutMs?: number;
  /** Milliseconds of a clock that is never set. @default performance.now */
  readonly monotonicMs?: () => number;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
  readonly wait?: Wait;
}

/** A collection that is listed and then watched until it is stopped, through restarts of the API server. */
export interface Reflector {
  /** Whether a whole list has been told; what came later is being told, as far as lastContactMs says. */
  readonly synced: () => boolean;
  /**
   * Whether what has been told is the state of the server, as of lastContactMs: a whole list, and a watch that tells. One
   * that opens again has yet to tell what happened meanwhile; its first word, if only a bookmark, shows that it does.
   */
  readonly current: () => boolean;
  /** Objects in the collection, as far as is known. */
  readonly items: () => number;
  /** When the API server last said something of the collection, by the clock of the options; undefined before. */
  readonly lastContactMs: () => number | undefined;
  /** Code of the failure that is being got over; undefined while all is well. `other`: a callback has thrown. */
  readonly lastError: () => ApiErrorCode | 'other' | undefined;
  /** Lists begun after the first, because its changes were missed or its server had forgotten them. */
  readonly relists: () => number;
  /** Watches begun. */
  readonly watches: () => number;
  /** Resolves when nothing more will be told. */
  readonly stop: () => Promise<void>;
}

/** A watch that lasted so long has made good what went wrong before. */
const soundMs = 10_000;
/** A server that ends its watches sooner does not serve them. Source: client-go tools/cache reflector.go (VeryShortWatchError). */
const veryShortMs = 1_000;
/** Within a list a page is asked for again so long; then the failure is told and the list begins anew. */
const pagePatienceMs = 8_000;

export function startReflector(options: ReflectorOptions): Reflector {
  const stopping = new AbortController();
  const reflecting = new Reflecting(options, stopping.signal);
  const ended = reflecting.run();
  return {
    synced: () => reflecting.synced,
    current: () => reflecting.current,
    items: () => reflecting.items,
    lastContactMs: () => reflecting.lastContactMs,
    lastError: () => reflecting.lastError,
    relists: () => Math.max(0, reflecting.lists - 1),
    watches: () => reflecting.watches,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

class Reflecting {
  synced = false;
  current = false;
  items = 0;
  lists = 0;
  watches = 0;
  lastContactMs: number | undefined;
  lastError: ApiErrorCode | 'other' | undefined;
  readonly #options: ReflectorOptions;
  readonly #stopping: AbortSignal;
  readonly #backOff: BackOff;
  readonly #random: () => number;
  readonly #wait: Wait;
  /** What has been told is the state of this version; undefined where it has to be listed. */
  #version: string | undefined;
  /** Whether a version was too old since the last sound watch. */
  #wasGone = false;

  constructor(options: ReflectorOptions, stopping: AbortSignal) {
    this.#options = options;
    this.#stopping = stopping;
    this.#random = options.random ?? Math.random;
    this.#wait = options.wait ?? waitFor;
    this.#backOff = createBackOff(this.#random);
  }

  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        this.#version ??= await this.#list();
        await this.#watch(this.#version);
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  /** Tells the whole collection, page by page, and returns its version. */
  async #list(): Promise<string> {
    const { client, path, pageSize = 500, maxPageBytes, onListBegin, onPage, onListEnd } = this.#options;
    this.lists += 1;
    this.current = false;
    onListBegin();
    let count = 0;
    let version: string | undefined;
    const bounds = maxPageBytes === undefined ? {} : { maxPageBytes };
    // What follows a collection runs beside everything else: one page at a time in memory.
    const paging = { pageSize, ...bounds, ahead: false, patienceMs: pagePatienceMs, signal: this.#stopping };
    for await (const page of listPages(client, path, { ...paging, wait: this.#wait })) {
      this.#contact();
      // Of two states: what was deleted between them may have been told, and no watch would tell its end.
      if (page.consistency === 'continued') throw new ApiError('gone', `GET ${path}: forgotten before its last page`);
      version ??= page.resourceVersion;
      count += page.items.length;
      onPage(page.items);
    }
    if (version === undefined) throw new ApiError('not-understood', `GET ${path}: a list without a resourceVersion`);
    onListEnd();
    this.items = count;
    this.synced = true;
    this.current = true;
    return version;
  }

  async #watch(version: string): Promise<void> {
    const { client, path, idleTimeoutMs } = this.#options;
    const beganMs = this.#nowMs();
    const watch = { isOpen: false };
    this.watches += 1;
    try {
      await client.watch(watchPath(path, version, this.#random()), (event) => this.#take(event), this.#stopping, {
        onOpen: () => {
          watch.isOpen = true;
          this.#contact();
        },
        ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
      });
    } catch (error) {
      // It was open and fell silent: perhaps nothing has happened. Whether the server is there, the next one shows.
      if (!(watch.isOpen && error instanceof ApiError && error.code === 'timeout')) throw error;
    } finally {
      this.current = false;
      if (this.#nowMs() - beganMs >= soundMs) {
        this.#backOff.reset();
        this.#wasGone = false;
      }
    }
    if (this.#nowMs() - beganMs < veryShortMs) {
      throw new ApiError('server-error', `watch ${path}: the server ended it within ${veryShortMs} ms`);
    }
  }

  #take({ type, object }: WatchEvent): void {
    this.#contact();
    const { resourceVersion } = isObject(object['metadata']) ? object['metadata'] : {};
    if (typeof resourceVersion !== 'string' || resourceVersion === '') {
      throw new ApiError('not-understood', `watch ${this.#options.path}: an event without a resourceVersion`);
    }
    if (type !== 'BOOKMARK') {
      this.#options.onEvent(type, object);
      if (type === 'ADDED') this.items += 1;
      if (type === 'DELETED') this.items -= 1;
    }
    this.#version = resourceVersion;
    this.current = true;
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#stopping.aborted) return;
    const code = error instanceof ApiError ? error.code : 'other';
    // Where an answer made no sense, or a callback did not take it, what has been told is no state of the server.
    if (code === 'gone' || code === 'not-understood' || code === 'other') this.#version = undefined;
    // The ordinary way of a server that is back to ask for a new list; it waits only where that list did not help.
    const mayListAtOnce = code === 'gone' && !this.#wasGone;
    if (code === 'gone') this.#wasGone = true;
    const retryAfterSeconds = error instanceof ApiError ? error.retryAfterSeconds : undefined;
    const waitMs = mayListAtOnce ? 0 : this.#backOff.next(retryAfterSeconds);
    this.lastError = code;
    this.#options.onError?.(error, waitMs);
    // It rejects where the wait is cut short by the stop.
    if (waitMs > 0) await this.#wait(waitMs, this.#stopping).catch(() => undefined);
  }

  #contact(): void {
    this.lastContactMs = this.#nowMs();
    this.lastError = undefined;
  }

  #nowMs(): number {
    return this.#options.monotonicMs?.() ?? performance.now();
  }
}

/** Watches end within 4 to 8 minutes, each at its own time, so that those of many clients do not begin anew at once. */
function watchPath(path: string, version: string, random: number): string {
  const seconds = 240 + Math.floor(random * 240);
  const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${seconds}&resourceVersion=${encodeURIComponent(version)}`;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}
