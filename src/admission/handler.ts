import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { plainLine } from '../telemetry/plain-line.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { SparseWarning } from '../telemetry/sparse-warnings.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import { dropRest } from './body.ts';
import type { Engine } from './engine.ts';
import type { AdmissionRoute, Decide, SharedByExchanges } from './exchange.ts';
import { Exchange } from './exchange.ts';
import { wantsTarget } from './exec-target-wanted.ts';
import type { ExecTargets, FoundTarget } from './exec-targets.ts';
import { mutate } from './mutate.ts';
import { OpenExchanges } from './open-exchanges.ts';
import { record } from './record.ts';
import { foreignText, outcomeText } from './respond.ts';
import type { AdmissionRequest } from './review.ts';
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

/** Milliseconds before its deadline in which an exec is answered that has waited for its target. */
const answerMs = 50;

/**
 * Answers POST /validate and POST /mutate. It stands in front of Express, which alone would cost as much again as the
 * whole request (docs/performance.md).
 */
export function createAdmissionHandler(options: AdmissionOptions): AdmissionHandler {
  const { log, metrics, monotonicMs, rest } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const deadlineOf = deadlineReader();
  const warn = sparseWarnings({ log, monotonicMs });
  const shared: SharedByExchanges = {
    open: new OpenExchanges(),
    maxOpen: limits.inFlight,
    maxBodyBytes: limits.bodyBytes,
    budget: { bytes: 0, maxBytes: limits.allBodiesBytes },
    decide: decider(options, warn),
    warn,
    log,
    metrics,
    monotonicMs,
    draining: false,
  };
  const serve = (route: AdmissionRoute, query: string, request: IncomingMessage, response: ServerResponse): void =>
    new Exchange(shared, route, request, response, deadlineOf(query) - sweepMs).begin();

  return {
    listener: (request, response) => {
      const url = request.url ?? '';
      const mark = url.indexOf('?');
      const path = mark < 0 ? url : url.slice(0, mark);
      const query = mark < 0 ? '' : url.slice(mark + 1);
      if (path === '/validate') serve('validate', query, request, response);
      else if (path === '/mutate') serve('mutate', query, request, response);
      else {
        if (shared.draining) response.shouldKeepAlive = false;
        const startedMs = monotonicMs();
        response.once('finish', () => {
          metrics.request('other', response.statusCode, (monotonicMs() - startedMs) / 1000);
        });
        dropRest(request);
        rest(request, response);
      }
    },
    inFlight: () => shared.open.size,
    sweep: () => {
      const nowMs = monotonicMs();
      for (const exchange of shared.open.list()) if (nowMs >= exchange.dueMs) exchange.expire();
    },
    startDraining: () => {
      shared.draining = true;
    },
  };
}

/** Makes what reads a body, judges it, and records the outcome. */
function decider(
  { engine, log, metrics, now, monotonicMs, execTargets }: AdmissionOptions,
  warn: SparseWarning,
): Decide {
  const telemetry = { log, metrics };
  const tell = (exchange: Exchange, request: AdmissionRequest, target?: FoundTarget): string => {
    if (exchange.isOver) return '';
    const { route, startedMs } = exchange;
    const outcome = route === 'validate' ? validate(request, engine, now(), target) : mutate(request, engine, now());
    const text = outcomeText(request, outcome, engine.policy().name);
    record(route, request, outcome, telemetry, monotonicMs() - startedMs);
    return text;
  };
  return (exchange, body) => {
    const { route } = exchange;
    const review = readReview(body);
    if (review.read === 'nothing') return { code: 400, problem: review.problem };
    if (review.read === 'foreign') {
      metrics.review(route, 'foreign');
      const who = { route, uid: plainLine(review.uid, 64), remote: exchange.remote };
      warn(review.problem, who, 'denied: a review in a foreign form');
      return foreignText(review.uid, review.problem);
    }
    const { request } = review;
    if (execTargets === undefined || route !== 'validate' || !wantsTarget(request, engine, now())) {
      return tell(exchange, request);
    }
    const waitMs = exchange.dueMs - monotonicMs() - answerMs;
    return execTargets.find(request, waitMs).then((target) => tell(exchange, request, target));
  };
}
