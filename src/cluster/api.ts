import type { JsonObject } from '../policy/finding.ts';

/*
 * What Seawall asks of an API server. Objects stay plain JSON: a typed deserialiser drops the fields that it does not know.
 */

export type { JsonObject };

export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ApiRequestOptions {
  readonly body?: unknown;
  /** @default application/json; a PATCH names its kind */
  readonly contentType?: string;
  /** Milliseconds for the whole exchange. @default 10000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Most bytes that are read of the answer. @default 67108864 (64 MiB) */
  readonly maxResponseBytes?: number;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: JsonObject;
}

/** One line of a watch. Source: k8s.io/apimachinery pkg/apis/meta/v1 WatchEvent. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: JsonObject;
}

export interface WatchOptions {
  /** Called once the server has taken the watch on, before its first event. */
  readonly onOpen?: () => void;
  /** Milliseconds for the server to take the watch on. @default 30000 */
  readonly openTimeoutMs?: number;
  /** Milliseconds of silence, bookmarks counted as words, after which the watch is given up. @default 90000 */
  readonly idleTimeoutMs?: number;
}

/** An API server under one set of credentials. */
export interface ApiClient {
  /**
   * Sends one request.
   * @param path - with its query, as /api/v1/namespaces/default/pods?limit=500
   * @throws {ApiError} for every answer but a 2xx, and where there is no answer
   */
  request(method: ApiMethod, path: string, options?: ApiRequestOptions): Promise<ApiResponse>;
  /**
   * Reads one watch request until the server ends it; resolves then.
   * @param path - of the collection, with watch=1 and what else the caller wants
   * @throws {ApiError} where it cannot begin, breaks, falls silent (`timeout`), or sends an ERROR event (its code: `gone`
   *   for a 410); and what `onEvent` throws
   */
  watch(path: string, onEvent: (event: WatchEvent) => void, signal: AbortSignal, options?: WatchOptions): Promise<void>;
  /** Milliseconds that the API server's clock is ahead of ours, by the Date headers of its answers; 0 before the first. */
  clockOffsetMs(): number;
  close(): void;
}

/** Why a request to the API server failed. */
export type ApiErrorCode =
  | 'unreachable' // no connection, or it broke before an answer
  | 'broken-off' // the answer began, and its rest never came
  | 'timeout'
  | 'cancelled'
  | 'unauthorized' // 401, or the credentials cannot be had (no status then)
  | 'forbidden' // 403
  | 'not-found' // 404
  | 'conflict' // 409: AlreadyExists, or another resourceVersion
  | 'gone' // 410: the resourceVersion or continue token is too old
  | 'invalid' // any other 4xx
  | 'too-many-requests' // 429
  | 'server-error' // 5xx
  | 'not-understood'; // an answer that is not JSON, or larger than is read

/** A failed request; the message names the request and the server's own words, cut and made plain. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** The HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  /** `reason` of the server's Status, as AlreadyExists. */
  readonly reason: string | undefined;
  /** Seconds of Retry-After, where the server sent it. */
  readonly retryAfterSeconds: number | undefined;
  /** Of a 410 in the middle of a list: the token that goes on from there, in the state of now. */
  readonly continueToken: string | undefined;
  /** The server's words for each cause, cut and made plain: a refused eviction names its budget only here. */
  readonly causes: readonly string[];

  constructor(
    code: ApiErrorCode,
    message: string,
    details: {
      status?: number;
      reason?: string;
      retryAfterSeconds?: number;
      continueToken?: string;
      causes?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.continueToken = details.continueToken;
    this.causes = details.causes ?? [];
  }
}
