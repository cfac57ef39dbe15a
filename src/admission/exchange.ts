import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Log } from '../telemetry/log.ts';
import { describeError } from '../telemetry/log.ts';
import type { Metrics, Route } from '../telemetry/metrics.ts';
import type { SparseWarning } from '../telemetry/sparse-warnings.ts';
import type { BodyBudget, BodyReader, BodyRefusal } from './body.ts';
import { dropRest, readBody } from './body.ts';
import type { OpenExchanges, Placed } from './open-exchanges.ts';
import type { Refusal } from './refusal.ts';
import { errorText, json, refusalOf } from './refusal.ts';

export type AdmissionRoute = Exclude<Route, 'other'>;

/** The text of the review that answers a body; a promise of it where an exec waits for its target. */
export type Decide = (exchange: Exchange, body: Buffer) => string | Refusal | Promise<string>;

/** What all exchanges of a server have in common. */
export interface SharedByExchanges {
  /** Those that are being read or answered. */
  readonly open: OpenExchanges<Exchange>;
  readonly maxOpen: number;
  readonly maxBodyBytes: number;
  readonly budget: BodyBudget;
  readonly decide: Decide;
  readonly warn: SparseWarning;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly monotonicMs: () => number;
  /** Whether every answer asks its caller to close the connection. */
  draining: boolean;
}

/** One request for a review and its answer. A class, since closures for each request would cost what a rule does. */
export class Exchange implements BodyReader, Placed {
  place = -1;
  readonly route: AdmissionRoute;
  readonly startedMs: number;
  /** When its caller waits no longer. */
  readonly dueMs: number;
  readonly #shared: SharedByExchanges;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  /** @param deadlineMs - that it has from now on */
  constructor(
    shared: SharedByExchanges,
    route: AdmissionRoute,
    request: IncomingMessage,
    response: ServerResponse,
    deadlineMs: number,
  ) {
    this.route = route;
    this.startedMs = shared.monotonicMs();
    this.dueMs = this.startedMs + deadlineMs;
    this.#shared = shared;
    this.#request = request;
    this.#response = response;
  }

  /** Whether it was answered, or its caller has gone away. */
  get isOver(): boolean {
    return this.#response.headersSent || this.#response.destroyed;
  }

  /** Address of the caller. */
  get remote(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  /** Reads the body and answers it. */
  begin(): void {
    const { open, maxOpen, maxBodyBytes, budget } = this.#shared;
    const refusal =
      refusalOf(this.#request) ??
      (open.size < maxOpen ? undefined : { code: 503, problem: 'too many requests at once' });
    if (refusal !== undefined) {
      dropRest(this.#request);
      this.#refuse(refusal);
      return;
    }
    open.add(this);
    const release = readBody(this.#request, maxBodyBytes, budget, this);
    this.#response.on('close', () => {
      open.delete(this);
      release();
    });
  }

  /** Gives up on a body that is late. */
  expire(): void {
    this.#refuse({ code: 504, problem: 'the body did not come in time', headers: { Connection: 'close' } });
  }

  onBody(body: Buffer): void {
    try {
      const decided = this.#shared.decide(this, body);
      if (typeof decided === 'string') this.#answer(200, decided);
      else if ('then' in decided) this.#answerLater(decided);
      else this.#refuse(decided);
    } catch (error) {
      this.#fail(error);
    }
  }

  onRefusal(why: BodyRefusal): void {
    const { maxBodyBytes } = this.#shared;
    this.#refuse(
      why === 'too-large'
        ? { code: 413, problem: `the body is larger than ${maxBodyBytes} bytes` }
        : { code: 503, problem: 'too many bytes at once' },
    );
  }

  #answerLater(decided: Promise<string>): void {
    decided.then((text) => this.#answer(200, text)).catch((error: unknown) => this.#fail(error));
  }

  #answer(code: number, text: string, headers?: OutgoingHttpHeaders): void {
    if (this.isOver) return;
    const { draining, metrics, monotonicMs } = this.#shared;
    if (draining) this.#response.shouldKeepAlive = false;
    this.#response.writeHead(code, { 'Content-Type': json, 'Content-Length': Buffer.byteLength(text), ...headers });
    this.#response.end(text);
    metrics.request(this.route, code, (monotonicMs() - this.startedMs) / 1000);
  }

  #refuse({ code, problem, headers }: Refusal): void {
    if (this.isOver) return;
    this.#answer(code, errorText(problem), headers);
    this.#shared.warn(problem, { route: this.route, code, remote: this.remote }, 'refused without a review');
  }

  /** Not a denial: the failurePolicy of the webhook says what is to become of the request. */
  #fail(error: unknown): void {
    const { metrics, log } = this.#shared;
    metrics.internalError(this.route);
    log.error({ route: this.route, error: describeError(error) }, 'internal error');
    this.#answer(500, errorText('internal error'));
  }
}
