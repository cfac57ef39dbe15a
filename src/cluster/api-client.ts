import type { Agent, IncomingMessage } from 'node:http';
import { strictText } from '../mounted-files/strict-text.ts';
import { isObject } from '../policy/json.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { BrokenOff, readBody, readLines, TooLarge } from './answer-body.ts';
import { answerError, connectionError, eventError } from './answer-error.ts';
import type {
  ApiClient,
  ApiMethod,
  ApiRequestOptions,
  ApiResponse,
  JsonObject,
  WatchEvent,
  WatchOptions,
} from './api.ts';
import { ApiError } from './api.ts';
import { openConnections } from './connections.ts';
import type { Credentials, Presented } from './credentials.ts';
import type { Deadline } from './deadline.ts';
import { startDeadline } from './deadline.ts';
import type { Sending } from './send.ts';
import { send } from './send.ts';
import { createServerClock } from './server-clock.ts';

export interface ApiClientOptions {
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** For a request that names no time of its own. @default 10000 */
  readonly requestTimeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
const defaultMaxBytes = 64 * 1024 * 1024;
/** What an error needs no more of. */
const maxErrorBytes = 1024 * 1024;
/** An object of etcd's 1.5 MiB grows in JSON, where each byte may become six. */
const maxLineBytes = 16 * 1024 * 1024;
/** After the timeoutSeconds of a watch, for the server to end it. */
const watchGraceMs = 15_000;
const tcpKeepAliveMs = 15_000;

/** A client over kept connections; nothing is sent before the first request. */
export function createApiClient(credentials: Credentials, options: ApiClientOptions = {}): ApiClient {
  const { now = Date.now, requestTimeoutMs = defaultTimeoutMs } = options;
  const { server } = credentials;
  const connections = openConnections(credentials);
  const running = new Set<Deadline>();
  const clock = createServerClock();

  /** Runs `exchange` within a deadline, and once more with new credentials where the server wants some. */
  async function within<T>(
    what: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    exchange: (presented: Presented, deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const presented = await present(what, credentials);
      const deadline = startDeadline(timeoutMs, signal);
      running.add(deadline);
      try {
        return await exchange(presented, deadline);
      } catch (error) {
        if (!isUnauthorized(error) || credentials.renew === undefined || attempt === 2) {
          throw failure(what, server, deadline, error);
        }
        credentials.renew();
      } finally {
        running.delete(deadline);
        deadline.end();
      }
    }
  }

  async function open(
    deadline: Deadline,
    sending: Omit<Sending, 'server' | 'agent' | 'signal'>,
    agent: Agent,
  ): Promise<IncomingMessage> {
    const sentMs = now();
    const response = await send({ ...sending, server, agent, signal: deadline.signal });
    const dateMs = Date.parse(response.headers.date ?? '');
    if (!Number.isNaN(dateMs)) clock.see(dateMs, sentMs, now());
    return response;
  }

  async function request(method: ApiMethod, path: string, options: ApiRequestOptions = {}): Promise<ApiResponse> {
    const what = `${method} ${plainLine(path, 200)}`;
    const { body, contentType = 'application/json', signal, maxResponseBytes = defaultMaxBytes } = options;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return within(what, options.timeoutMs ?? requestTimeoutMs, signal, async ({ tls, headers }, deadline) => {
      const agent = await connections.agentFor(tls, 'request');
      const response = await open(deadline, { method, path, headers, body: text, contentType }, agent);
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) throw await refusal(what, response);
      return { status, body: parseObject(what, await readBody(response, maxResponseBytes)) };
    });
  }

  async function watch(
    path: string,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
    { onOpen, openTimeoutMs = 30_000, idleTimeoutMs = 90_000 }: WatchOptions = {},
  ): Promise<void> {
    const what = `watch ${plainLine(path, 200)}`;
    let thrown: { readonly error: unknown } | undefined;
    // What a caller's own function throws is no failure of the connection.
    const call = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
    await within(what, openTimeoutMs, signal, async ({ tls, headers }, deadline) => {
      const agent = await connections.agentFor(tls, 'watch');
      const sending = { method: 'GET', path, headers, body: undefined, contentType: '' } as const;
      const response = await open(deadline, sending, agent);
      if (response.statusCode !== 200) throw await refusal(what, response);
      response.socket.setKeepAlive(true, tcpKeepAliveMs);
      const endsAtMs = performance.now() + longestMs(path);
      const listen = (): void => deadline.restart(Math.min(idleTimeoutMs, endsAtMs - performance.now()));
      listen();
      if (onOpen !== undefined) call(onOpen);
      for await (const lines of readLines(response, maxLineBytes)) {
        listen();
        for (const line of lines) {
          const event = parseEvent(what, line);
          call(() => onEvent(event));
        }
      }
    }).catch((error: unknown) => {
      throw thrown === undefined ? error : thrown.error;
    });
  }

  return {
    request,
    watch,
    clockOffsetMs: clock.offsetMs,
    close: () => {
      for (const deadline of running) deadline.cancel();
      connections.close();
    },
  };
}

async function present(what: string, credentials: Credentials): Promise<Presented> {
  try {
    return await credentials.present();
  } catch (cause) {
    const words = plainLine(reasonOf(cause), 1_000);
    throw new ApiError('unauthorized', `${what}: the credentials cannot be had: ${words}`, { cause });
  }
}

/** The error for an answer to a watch request that is no watch. */
async function refusal(what: string, response: IncomingMessage): Promise<ApiError> {
  const body = await readBody(response, maxErrorBytes);
  return answerError(what, response, body.toString());
}

/** What is thrown for what went wrong while a request was on its way. */
function failure(what: string, server: string, deadline: Deadline, error: unknown): Error {
  if (error instanceof ApiError) return error;
  switch (deadline.passed()) {
    case 'cancelled':
      return new ApiError('cancelled', `${what}: cancelled`);
    case 'timeout':
      return new ApiError('timeout', `${what}: ${server} said nothing for ${deadline.ms()} ms`);
    case undefined:
      if (error instanceof TooLarge) return new ApiError('not-understood', `${what}: the answer is ${error.message}`);
      if (error instanceof BrokenOff) {
        return new ApiError('broken-off', `${what}: the answer of ${server}: ${error.message}`, { cause: error });
      }
      return connectionError(what, server, error);
  }
}

/** Milliseconds that the server may keep a watch open: the timeoutSeconds of its path, and some grace. */
function longestMs(path: string): number {
  const seconds = /[?&]timeoutSeconds=(\d{1,6})(?:&|$)/.exec(path)?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1_000 + watchGraceMs;
}

function parseObject(what: string, bytes: Buffer): JsonObject {
  const parsed = parseJson(what, bytes);
  if (isObject(parsed)) return parsed;
  throw new ApiError('not-understood', `${what}: the answer is no JSON object`);
}

function parseJson(what: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(strictText(bytes));
  } catch (cause) {
    throw new ApiError('not-understood', `${what}: the answer is no JSON: ${plainLine(bytes.toString(), 200)}`, {
      cause,
    });
  }
}

const eventTypes: ReadonlyMap<unknown, WatchEvent['type']> = new Map(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const).map((type) => [type, type]),
);

function parseEvent(what: string, line: Buffer): WatchEvent {
  const { type, object } = parseObject(what, line);
  const known = eventTypes.get(type);
  if (!isObject(object)) throw new ApiError('not-understood', `${what}: an event without an object`);
  if (known !== undefined) return { type: known, object };
  if (type === 'ERROR') throw eventError(what, object);
  throw new ApiError('not-understood', `${what}: an event of the type ${plainLine(String(type), 50)}`);
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'unauthorized' && error.status === 401;
}
