import type { ApiClient, JsonObject } from './api.ts';
import { ApiError } from './api.ts';
import { isObject } from '../policy/json.ts';
import type { Patience } from './patience.ts';
import { defaultTimeoutMs, Retries } from './patience.ts';

export interface ListOptions extends Patience {
  /** Most objects of a page. @default 500 */
  readonly pageSize?: number;
  /** Most bytes of a page; one with more is asked for again in smaller ones. @default that of ApiClient.request */
  readonly maxPageBytes?: number;
  /** Whether the next page is asked for while the caller reads this one, so that two are held at once. @default true */
  readonly ahead?: boolean;
}

/**
 * The state that a page is of. `snapshot`: the one of the first page. `continued`: a later one, because the server had
 * forgotten the first; what was made, changed or deleted since may or may not be in it.
 */
export type Consistency = 'snapshot' | 'continued';

export interface ListPage {
  /** As the server sent them: those of a typed list have neither apiVersion nor kind. */
  readonly items: readonly JsonObject[];
  /** How many the server says are still to come; undefined where it does not say. */
  readonly remaining: number | undefined;
  readonly consistency: Consistency;
  /** The state that the page is of, to watch from. */
  readonly resourceVersion: string | undefined;
}

const defaultPageSize = 500;
/** A server that forgets a revision sooner than it sends one page of it will not send it at the next try either. */
const maxForgotten = 5;

/**
 * Lists a collection in pages, each object once. No resourceVersion is asked for: the first page is the newest state, and
 * the next ones are of the same (a resourceVersion of 0 would be answered from the watch cache, whole, without pages).
 *
 * A page is asked for again where the server is busy (429, after its Retry-After), away or broken. Where it has forgotten
 * the state of the first page (410), the list goes on with the token of that answer, or begins anew and passes over what
 * was given.
 *
 * @param path - of the collection, with other parameters than limit and continue
 * @throws {ApiError} where it cannot be listed to its end
 */
export async function* listPages(
  client: Pick<ApiClient, 'request'>,
  path: string,
  options: ListOptions = {},
): AsyncGenerator<ListPage, void> {
  const leaving = new AbortController();
  const signal = options.signal === undefined ? leaving.signal : AbortSignal.any([leaving.signal, options.signal]);
  const list = new PagedList(client, path, options, signal);
  try {
    let next = list.more();
    while (next !== undefined) {
      const page = await next;
      if (options.ahead === false) {
        yield page;
        next = list.more();
        continue;
      }
      // The server writes the next page while the caller reads this one.
      next = list.more();
      next?.catch(() => undefined);
      yield page;
    }
  } finally {
    leaving.abort();
  }
}

class PagedList {
  readonly #client: Pick<ApiClient, 'request'>;
  readonly #path: string;
  readonly #options: ListOptions;
  readonly #signal: AbortSignal;
  /** Most objects that are asked for at once; less after a page that was too large. */
  #ceiling: number;
  #limit: number;
  /** The token of the next page; '' for the first, undefined after the last. */
  #token: string | undefined = '';
  #consistency: Consistency = 'snapshot';
  /** Key of the last object, while they come in order. */
  #lastKey = '';
  #inOrder = true;
  /** Objects up to this one were given before the list began anew. */
  #given = '';

  constructor(client: Pick<ApiClient, 'request'>, path: string, options: ListOptions, signal: AbortSignal) {
    this.#client = client;
    this.#path = path;
    this.#options = options;
    this.#signal = signal;
    this.#ceiling = options.pageSize ?? defaultPageSize;
    this.#limit = this.#ceiling;
  }

  /** The next page; undefined after the last. */
  more(): Promise<ListPage> | undefined {
    return this.#token === undefined ? undefined : this.#page(this.#token);
  }

  async #page(token: string): Promise<ListPage> {
    const body = await this.#ask(token);
    const metadata = isObject(body['metadata']) ? body['metadata'] : {};
    const { continue: next, remainingItemCount: remaining, resourceVersion } = metadata;
    const items = Array.isArray(body['items']) ? body['items'].filter(isObject) : undefined;
    if (items === undefined) throw new ApiError('not-understood', `GET ${this.#path}: the answer is no list`);
    if (typeof next === 'string' && next !== '' && next === this.#token) {
      throw new ApiError('not-understood', `GET ${this.#path}: the server goes on with the page that it has sent`);
    }
    this.#token = typeof next === 'string' && next !== '' ? next : undefined;
    return {
      items: this.#notGiven(items),
      remaining: typeof remaining === 'number' ? remaining : this.#token === undefined ? 0 : undefined,
      consistency: this.#consistency,
      resourceVersion: typeof resourceVersion === 'string' && resourceVersion !== '' ? resourceVersion : undefined,
    };
  }

  async #ask(token: string): Promise<JsonObject> {
    const { timeoutMs = defaultTimeoutMs, pace, maxPageBytes } = this.#options;
    const bounds = maxPageBytes === undefined ? {} : { maxResponseBytes: maxPageBytes };
    const retries = new Retries(this.#options, this.#signal);
    let forgotten = 0;
    let current = token;
    for (;;) {
      await pace?.turn(this.#signal);
      try {
        this.#token = current;
        const query = `limit=${this.#limit}${current === '' ? '' : `&continue=${encodeURIComponent(current)}`}`;
        const path = `${this.#path}${this.#path.includes('?') ? '&' : '?'}${query}`;
        const { body } = await this.#client.request('GET', path, { timeoutMs, signal: this.#signal, ...bounds });
        this.#limit = Math.min(this.#limit * 2, this.#ceiling);
        return body;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === 'gone' && current !== '' && forgotten < maxForgotten) {
          forgotten += 1;
          current = this.#goOn(error);
        } else if (error.code === 'not-understood' && this.#limit > 1) {
          // Most likely more bytes than are read of one answer.
          this.#ceiling = Math.ceil(this.#limit / 2);
          this.#limit = Math.ceil(this.#limit / 8);
        } else await retries.pause(error);
      }
    }
  }

  /** The token to go on with after a 410. @throws {ApiError} where there is none, and no order to begin anew by */
  #goOn(error: ApiError): string {
    this.#consistency = 'continued';
    if (error.continueToken !== undefined) return error.continueToken;
    if (!this.#inOrder) throw error;
    this.#given = this.#lastKey;
    return '';
  }

  /**
   * The objects that no page has given yet. etcd lists by key, and so do all API servers that store in it.
   * Source: k8s.io/apiserver pkg/storage/etcd3/store.go (GetList).
   */
  #notGiven(items: readonly JsonObject[]): readonly JsonObject[] {
    const fresh: JsonObject[] = [];
    for (const item of items) {
      const key = keyOf(item);
      if (this.#given !== '' && key <= this.#given) continue;
      if (key <= this.#lastKey) this.#inOrder = false;
      this.#lastKey = key;
      fresh.push(item);
    }
    return fresh;
  }
}

/** Namespace and name as they stand in a key of etcd. */
function keyOf(item: JsonObject): string {
  const { namespace, name } = isObject(item['metadata']) ? item['metadata'] : {};
  return typeof namespace === 'string' ? `${namespace}/${String(name)}` : String(name);
}
