import { ApiError } from '../cluster/api.ts';
import type { FalcoEvent } from '../investigate/falco-event.ts';
import { isFalcoEvent, readFalcoEvent } from '../investigate/falco-event.ts';
import type { Investigation } from '../investigate/investigation.ts';
import type { Log } from '../telemetry/log.ts';
import { describeError } from '../telemetry/log.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { ListenAction, ListenMetrics } from '../telemetry/listen-metrics.ts';
import type { CaseStore } from './case-folder.ts';
import { outcomeFile } from './case-folder.ts';

export interface CaseWorkerOptions {
  readonly cases: Pick<CaseStore, 'write' | 'event'>;
  /** Finds out about an event; throws where the cluster does not answer. */
  readonly investigate: (event: FalcoEvent) => Promise<Investigation>;
  /** An investigation for a person, in Markdown. */
  readonly page: (found: Investigation) => string;
  readonly emit: (id: string, found: Investigation) => Promise<void>;
  /** Absent where nothing is ever done by itself. */
  readonly act?: ((id: string, found: Investigation) => Promise<ListenAction>) | undefined;
  readonly metrics: ListenMetrics;
  readonly log: Log;
  readonly now: () => number;
  /** Resolves after so many milliseconds, or when it is to end. */
  readonly wait: (ms: number) => Promise<void>;
}

/** Works on cases one after the other: an alert storm must not become one of requests to the API server. */
export interface CaseWorker {
  readonly hasRoom: (cases: number) => boolean;
  /** Takes a case that is on disk; its event is read when its turn comes. */
  readonly add: (id: string) => void;
  readonly waiting: () => number;
  /** Resolves when nothing waits any more. */
  readonly idle: () => Promise<void>;
  /** Ends after the case that is being worked on; what waits is on disk, and goes on after the next start. */
  readonly stop: () => Promise<void>;
}

/** As many as two minutes of the worst storm that is promised bring; ids only, since their events may be of megabytes. */
export const maxQueue = 20_000;
/** A tool that is started each second is one offence, and is investigated once in so long. */
const sameOffenceMs = 10 * 60_000;
const maxOffences = 10_000;
const retryMs = 10_000;

export function createCaseWorker(options: CaseWorkerOptions): CaseWorker {
  const queue: string[] = [];
  const offences = new Map<string, { id: string; atMs: number }>();
  let head = 0;
  let stopped = false;
  let running: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    for (let next = queue[head]; next !== undefined && !stopped; next = queue[head]) {
      const done = await workOn(next, offences, options);
      head += 1;
      // To the end: a case that the cluster never has an answer for must not hold up the others.
      if (!done) {
        queue.push(next);
        await options.wait(retryMs);
      }
      if (head > 1_000) {
        queue.splice(0, head);
        head = 0;
      }
    }
    running = undefined;
  };
  return {
    hasRoom: (cases) => queue.length - head + cases <= maxQueue,
    add: (id) => {
      queue.push(id);
      running ??= drain();
    },
    waiting: () => queue.length - head,
    idle: async () => {
      while (running !== undefined) await running;
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

/** @returns whether the case has an outcome; false to try again later */
async function workOn(
  id: string,
  offences: Map<string, { id: string; atMs: number }>,
  options: CaseWorkerOptions,
): Promise<boolean> {
  const { cases, metrics, log, now } = options;
  try {
    const event = await eventOf(cases, id);
    const key = offenceOf(event);
    const known = offences.get(key);
    if (known !== undefined && now() - known.atMs < sameOffenceMs) {
      await cases.write(id, outcomeFile, textOf({ outcome: 'same', investigatedIn: known.id }));
      metrics.outcome('same');
      return true;
    }
    const found = await options.investigate(event);
    await cases.write(id, 'investigation.json', textOf(found));
    await cases.write(id, 'investigation.md', options.page(found));
    const told = await attempt(() => options.emit(id, found), log, 'the Kubernetes Event could not be made');
    metrics.clusterEvent(told ? 'made' : 'failed');
    const action = await actOn(id, found, options);
    await cases.write(id, outcomeFile, textOf({ outcome: 'investigated', headline: found.headline, action }));
    metrics.outcome('investigated');
    log.info({ case: id, alarm: found.alarm, headline: plainLine(found.headline), action }, 'case investigated');
    remember(offences, key, { id, atMs: now() });
    return true;
  } catch (error) {
    metrics.outcome('failed');
    log.warn({ case: id, error: describeError(error) }, 'a case could not be investigated');
    // The cluster answers again some time; nothing else gets better by waiting.
    if (error instanceof ApiError) return false;
    const outcome = textOf({ outcome: 'failed', error: reasonOf(error).slice(0, 500) });
    await attempt(() => cases.write(id, outcomeFile, outcome), log, 'the outcome of a case could not be written');
    return true;
  }
}

async function actOn(id: string, found: Investigation, options: CaseWorkerOptions): Promise<ListenAction | 'none'> {
  const { act, metrics, log } = options;
  if (act === undefined) return 'none';
  let action: ListenAction = 'failed';
  await attempt(
    async () => {
      action = await act(id, found);
    },
    log,
    'the automatic action failed',
  );
  metrics.action(action);
  return action;
}

async function attempt(work: () => Promise<void>, log: Log, message: string): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    log.warn({ error: describeError(error) }, message);
    return false;
  }
}

/** @throws where what is on disk is no event */
async function eventOf(cases: Pick<CaseStore, 'event'>, id: string): Promise<FalcoEvent> {
  const event = readFalcoEvent(JSON.parse(await cases.event(id)));
  if (isFalcoEvent(event)) return event;
  throw new Error(`the case holds no event: ${event.problem}`);
}

/** Who did what where: rule, pod or container or node, and program. */
function offenceOf({ rule, hostname, pod, container, process }: FalcoEvent): string {
  return JSON.stringify([rule, hostname, pod.namespace, pod.name, pod.uid, container.id, process.name]);
}

function remember<T>(offences: Map<string, T>, key: string, value: T): void {
  offences.delete(key);
  offences.set(key, value);
  const [oldest] = offences.keys();
  if (offences.size > maxOffences && oldest !== undefined) offences.delete(oldest);
}

function textOf(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
