import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { BodyBudget } from '../admission/body.ts';
import { dropRest, readBody } from '../admission/body.ts';
import { isFalcoEvent, readFalcoEvent } from '../investigate/falco-event.ts';
import { asObject } from '../policy/json.ts';
import type { Log } from '../telemetry/log.ts';
import { describeError } from '../telemetry/log.ts';
import type { ListenMetrics } from '../telemetry/listen-metrics.ts';
import type { SparseWarning } from '../telemetry/sparse-warnings.ts';
import type { CaseStore } from './case-folder.ts';
import { CasesFull } from './case-folder.ts';
import type { IsAuthentic } from './secret.ts';

export interface ReceiverOptions {
  readonly isAuthentic: () => IsAuthentic;
  readonly cases: Pick<CaseStore, 'open'>;
  /** Whether another case finds room in the queue. */
  readonly hasRoom: (cases: number) => boolean;
  /** Told of each new case, once it is on disk. */
  readonly onCase: (id: string) => void;
  readonly metrics: ListenMetrics;
  readonly log: Log;
  readonly warn: SparseWarning;
  readonly maxBodyBytes?: number;
}

/** Falco cuts a command line at 4 KiB or, as configured, more; a list of events is one body too. */
const defaultMaxBodyBytes = 4 * 1024 * 1024;
const maxAllBodiesBytes = 64 * 1024 * 1024;
const maxEvents = 1_000;
/** An event that is longer is kept without what was cut of its texts. */
const maxEventCharacters = 256 * 1024;
const maxFields = 100;
const maxTextCharacters = 1_000;
const retryAfterSeconds = 5;

/** Answers Falco's http_output and Falcosidekick's webhook: 200 only for events that are on disk. */
export function createReceiver(options: ReceiverOptions): RequestListener {
  const budget: BodyBudget = { bytes: 0, maxBytes: maxAllBodiesBytes };
  return (request, response) => {
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) {
      dropRest(request);
      answer(options, response, ...refusal);
      return;
    }
    const release = readBody(request, options.maxBodyBytes ?? defaultMaxBodyBytes, budget, {
      onRefusal: (why) => {
        if (why === 'too-large') answer(options, response, 413, 'the body is too large');
        else later(options, response, 'too many bodies at once');
      },
      onBody: (body) => {
        receive(body, options, response).catch((error: unknown) => {
          options.warn('internal', { error: describeError(error) }, 'an event could not be received');
          later(options, response, 'it could not be kept');
        });
      },
    });
    response.on('close', release);
  };
}

type Refusal = readonly [code: number, error: string];

function refusalOf({ method, url, headers }: IncomingMessage, { isAuthentic }: ReceiverOptions): Refusal | undefined {
  // Before anything else is told: a stranger learns nothing of what is here.
  if (!isAuthentic()(headers)) return [401, 'the shared secret is missing or wrong'];
  const path = (url ?? '').split('?', 1)[0];
  if (path !== '/' && path !== '/falco') return [404, 'events go to / or /falco'];
  if (method !== 'POST' && method !== 'PUT') return [405, 'events come by POST or PUT'];
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return [415, 'no content encoding is understood'];
  return undefined;
}

async function receive(body: Buffer, options: ReceiverOptions, response: ServerResponse): Promise<void> {
  const { cases, hasRoom, onCase, metrics } = options;
  const values = valuesOf(body.toString());
  if (values === undefined) {
    answer(options, response, 400, 'the body is no JSON');
    return;
  }
  if (values.length > maxEvents) {
    answer(options, response, 413, `more than ${maxEvents} events in one body`);
    return;
  }
  const read = values.map((value) => ({ value, event: readFalcoEvent(value) }));
  const events = read.flatMap(({ value, event }) => (isFalcoEvent(event) ? [{ value, event }] : []));
  if (events.length < read.length || events.length === 0) {
    const problem = read.map(({ event }) => event).find((event) => !isFalcoEvent(event));
    const why = problem !== undefined && 'problem' in problem ? problem.problem : 'it is empty';
    // All or nothing: who sends a list cannot be told which of it to send again.
    answer(options, response, 400, `the body is no event of Falco: ${why}`);
    return;
  }
  if (!hasRoom(events.length)) {
    later(options, response, 'the queue is full');
    return;
  }
  const opened: { id: string; new: boolean }[] = [];
  try {
    for (const { value, event } of events) {
      const id = event.fingerprint.slice(0, 32);
      const isNew = await cases.open(id, eventText(value));
      metrics.event(isNew ? 'new' : 'repeated');
      if (isNew) onCase(id);
      opened.push({ id, new: isNew });
    }
  } catch (error) {
    const reason = error instanceof CasesFull ? 'full' : 'store';
    options.warn(reason, { error: describeError(error) }, 'a case cannot be opened');
    later(options, response, error instanceof CasesFull ? error.message : 'it could not be kept');
    return;
  }
  metrics.answered(200);
  send(response, 200, { cases: opened });
}

/** One document, a list, or JSON lines; undefined where it is none of them. */
function valuesOf(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? (value as readonly unknown[]) : [value];
  } catch {
    const lines = text.split('\n', maxEvents + 2).filter((line) => line.trim() !== '');
    try {
      return lines.length < 2 ? undefined : lines.map((line): unknown => JSON.parse(line));
    } catch {
      return undefined;
    }
  }
}

/** As it came, where it is not too long; else with its texts cut and its first fields, and how long it was. */
function eventText(value: unknown): string {
  const whole = wholeText(value);
  if (whole !== undefined && whole.length <= maxEventCharacters) return whole;
  const event = asObject(value);
  const fields = Object.entries(asObject(event['output_fields'])).slice(0, maxFields);
  return JSON.stringify({
    rule: cut(event['rule']),
    priority: cut(event['priority']),
    time: cut(event['time']),
    hostname: cut(event['hostname']),
    output: cut(event['output']),
    output_fields: Object.fromEntries(fields.map(([name, field]) => [name.slice(0, 200), cut(field)])),
    cut_of_characters: whole?.length ?? null,
  });
}

/** Undefined where it is nested deeper than the stack: to read such a text takes none, and to write it does. */
function wholeText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function cut(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, maxTextCharacters);
  return typeof value === 'object' ? null : value;
}

function later(options: ReceiverOptions, response: ServerResponse, error: string): void {
  if (response.headersSent) return;
  response.setHeader('Retry-After', retryAfterSeconds);
  answer(options, response, 503, error);
}

function answer({ metrics }: ReceiverOptions, response: ServerResponse, code: number, error: string): void {
  if (response.headersSent) return;
  metrics.answered(code);
  if (code === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (code === 405) response.setHeader('Allow', 'POST, PUT');
  send(response, code, { error });
}

function send(response: ServerResponse, code: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
