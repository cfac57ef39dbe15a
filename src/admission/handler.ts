import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { plainLine } from '../telemetry/plain-line.ts';
import type { Log } from '../telemetry/log.ts';
import { describeError } from '../telemetry/log.ts';
import type { Metrics, Route } from '../telemetry/metrics.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import type { BodyBudget } from './body.ts';
import { readBody } from './body.ts';
import type { Engine } from './engine.ts';
import { wantsTarget } from './exec-target-wanted.ts';
import type { ExecTargets, FoundTarget } from './exec-targets.ts';
import { mutate } from './mutate.ts';
import { record } from './record.ts';
import { foreignText, outcomeText } from './respond.ts';
import { readReview } from './review.ts';
import { deadlineReader } from './timeout.ts';
import { validate } from './validate.ts';

/** What admission takes on at once. */
export interface AdmissionLimits {
  /**
   * Bytes of one body: an object and the old one, each at most 3 MiB on its way into etcd, and room. A webhook that
   * stops at the usual 100 kB lets through whoever pads.
   * @default 8 MiB
   */
  readonly bodyBytes: number;
  /** Bytes of all bodies that are being read. @default 256 MiB */
  readonly allBodiesBytes: number;
  /** Requests that are being read or answered. @default 1024 */
  readonly inFlight: number;
}

export const defaultLimits: AdmissionLimits = {
  bodyBytes: 8 * 1024 * 1024,
  allBodiesBytes: 256 * 1024 * 1024,
  inFlight: 1024,
};

export interface AdmissionOptions {
  readonly engine: Engine;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch: decides which exemptions are in force. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set: measures. */
  readonly monotonicMs: () => number;
  /** Answers every path but the two admission routes. */
  readonly rest: RequestListener;
  /** Finds the pods that execs are for; where it is absent, none of them is known. */
  readonly execTargets?: Pick<ExecTargets, 'find'> | undefined;
  readonly limits?: Partial<AdmissionLimits>;
}

export interface AdmissionHandler {
  readonly listener: RequestListener;
  /** Requests that are being read or answered. */
  readonly inFlight: () => number;
  /**
   * Gives up on what has come too close to its deadline; to be called every `sweepMs`. One timer for all requests: a
   * decision takes microseconds, and only a body that is slow to come can be late.
   */
  readonly sweep: () => void;
  /** From now on every answer asks its caller to close the connection. */
  readonly startDraining: () => void;
}

export const sweepMs = 100;

type AdmissionRoute = Exclude<Route, 'other'>;

/** Milliseconds before its deadline in which an exec is answered that has waited for its target. */
const answerMs = 50;

interface Exchange {
  readonly startedMs: number;
  readonly dueMs: number;
  /** Whether it was answered, or its caller has gone away. */
  readonly isOver: () => boolean;
  readonly expire: () => void;
}

const json = 'application/json';

/**
 * Answers POST /validate and POST /mutate. It stands in front of Express, which alone would cost as much again as the
 * whole request (docs/performance.md).
 */
export function createAdmissionHandler(options: AdmissionOptions): AdmissionHandler {
  const { engine, log, metrics, now, monotonicMs, rest, execTargets } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const exchanges = new Set<Exchange>();
  const budget: BodyBudget = { bytes: 0, maxBytes: limits.allBodiesBytes };
  const deadlineOf = deadlineReader();
  const warn = sparseWarnings({ log, monotonicMs });
  let draining = false;

  /** The text of the review that answers a body; a promise of it where an exec waits for its target. */
  const decide = (
    route: AdmissionRoute,
    body: Buffer,
    remote: () => string,
    { startedMs, dueMs, isOver }: Exchange,
  ): string | Refusal | Promise<string> => {
    const review = readReview(body);
    if (review.read === 'nothing') return { code: 400, problem: review.problem };
    if (review.read === 'foreign') {
      metrics.review(route, 'foreign');
      const who = { route, uid: plainLine(review.uid, 64), remote: remote() };
      warn(review.problem, who, 'denied: a review in a foreign form');
      return foreignText(review.uid, review.problem);
    }
    const { request } = review;
    const tell = (target?: FoundTarget): string => {
      if (isOver()) return '';
      const outcome = route === 'validate' ? validate(request, engine, now(), target) : mutate(request, engine, now());
      const text = outcomeText(request, outcome, engine.policy().name);
      record(route, request, outcome, { log, metrics }, monotonicMs() - startedMs);
      return text;
    };
    if (execTargets === undefined || route !== 'validate' || !wantsTarget(request, engine, now())) return tell();
    return execTargets.find(request, dueMs - monotonicMs() - answerMs).then(tell);
  };

  const serve = (route: AdmissionRoute, query: string, request: IncomingMessage, response: ServerResponse): void => {
    const startedMs = monotonicMs();
    const answer = (code: number, text: string, headers?: OutgoingHttpHeaders): void => {
      if (response.headersSent || response.destroyed) return;
      if (draining) response.shouldKeepAlive = false;
      response.writeHead(code, { 'Content-Type': json, 'Content-Length': Buffer.byteLength(text), ...headers });
      response.end(text);
      metrics.request(route, code, (monotonicMs() - startedMs) / 1000);
    };
    const remote = (): string => request.socket.remoteAddress ?? '';
    const refuse = ({ code, problem, headers }: Refusal): void => {
      if (response.headersSent || response.destroyed) return;
      answer(code, errorText(problem), headers);
      warn(problem, { route, code, remote: remote() }, 'refused without a review');
    };
    const fail = (error: unknown): void => {
      // Not a denial: the failurePolicy of the webhook says what is to become of the request.
      metrics.internalError(route);
      log.error({ route, error: describeError(error) }, 'internal error');
      answer(500, errorText('internal error'));
    };
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      refuse(refusal);
      return;
    }
    if (exchanges.size >= limits.inFlight) {
      refuse({ code: 503, problem: 'too many requests at once' });
      return;
    }

    const exchange: Exchange = {
      startedMs,
      isOver: () => response.headersSent || response.destroyed,
      dueMs: startedMs + deadlineOf(query) - sweepMs,
      expire: () => refuse({ code: 504, problem: 'the body did not come in time', headers: { Connection: 'close' } }),
    };
    exchanges.add(exchange);
    const release = readBody(request, limits.bodyBytes, budget, {
      onBody: (body) => {
        try {
          const decided = decide(route, body, remote, exchange);
          if (typeof decided === 'string') answer(200, decided);
          else if ('then' in decided) decided.then((text) => answer(200, text)).catch(fail);
          else refuse(decided);
        } catch (error) {
          fail(error);
        }
      },
      onRefusal: (why) =>
        why === 'too-large'
          ? refuse({ code: 413, problem: `the body is larger than ${limits.bodyBytes} bytes` })
          : refuse({ code: 503, problem: 'too many bytes at once' }),
    });
    response.once('close', () => {
      exchanges.delete(exchange);
      release();
    });
  };

  return {
    listener: (request, response) => {
      const url = request.url ?? '';
      const mark = url.indexOf('?');
      const path = mark < 0 ? url : url.slice(0, mark);
      const query = mark < 0 ? '' : url.slice(mark + 1);
      if (path === '/validate') serve('validate', query, request, response);
      else if (path === '/mutate') serve('mutate', query, request, response);
      else {
        if (draining) response.shouldKeepAlive = false;
        const startedMs = monotonicMs();
        response.once('finish', () => {
          metrics.request('other', response.statusCode, (monotonicMs() - startedMs) / 1000);
        });
        rest(request, response);
      }
    },
    inFlight: () => exchanges.size,
    sweep: () => {
      const nowMs = monotonicMs();
      for (const exchange of exchanges) if (nowMs >= exchange.dueMs) exchange.expire();
    },
    startDraining: () => {
      draining = true;
    },
  };
}

/** An answer without a review, and so without a say in the matter: the failurePolicy of the webhook decides. */
interface Refusal {
  readonly code: number;
  readonly problem: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Why a request is refused before its body is read. */
function refusalOf({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== 'POST') return { code: 405, problem: 'reviews come by POST', headers: { Allow: 'POST' } };
  if (!isJson(headers['content-type'])) return { code: 415, problem: `reviews come as ${json}` };
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return { code: 415, problem: 'reviews come unencoded' };
  return undefined;
}

function isJson(contentType: string | undefined): boolean {
  if (contentType === json) return true;
  if (contentType === undefined) return false;
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase() === json;
}

function errorText(problem: string): string {
  return `${JSON.stringify({ error: problem })}\n`;
}
