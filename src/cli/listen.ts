import { setTimeout as delay } from 'node:timers/promises';
import { openHealthPort } from '../admission/health-port.ts';
import { openCertificate } from '../certificates/reload.ts';
import type { ApiClient } from '../cluster/api.ts';
import { createApiClient } from '../cluster/api-client.ts';
import { findCredentials } from '../cluster/connect.ts';
import { createPace } from '../cluster/pace.ts';
import type { FalcoEvent } from '../investigate/falco-event.ts';
import { investigate } from '../investigate/investigate.ts';
import type { Investigation } from '../investigate/investigation.ts';
import { markdownPage } from '../investigate/markdown-page.ts';
import { act, createActionBudget } from '../listen/act.ts';
import { openCaseFolder } from '../listen/case-folder.ts';
import { emitEvent } from '../listen/cluster-event.ts';
import type { Listener } from '../listen/listener.ts';
import { startListener } from '../listen/listener.ts';
import type { IsAuthentic } from '../listen/secret.ts';
import { readSecrets } from '../listen/secret.ts';
import { mountedFiles, watchFiles } from '../mounted-files/mounted-files.ts';
import { strictText } from '../mounted-files/strict-text.ts';
import { ruleDefinitions } from '../policy/rules/index.ts';
import type { ListenMetrics } from '../telemetry/listen-metrics.ts';
import { listenMetrics } from '../telemetry/listen-metrics.ts';
import type { Log, LogLevel } from '../telemetry/log.ts';
import { asyncDestination, describeError, openLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';
import { every, firstSignal } from './serve-signals.ts';

export interface ListenCommandOptions {
  readonly secretFile: string;
  readonly cases: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly maxCases: number;
  readonly policy?: string | undefined;
  readonly host?: string | undefined;
  readonly port: number;
  readonly healthPort: number;
  readonly act: boolean;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly logLevel: LogLevel;
}

interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly own: ListenMetrics;
}

/** Requests a second of all investigations: an alert storm must not become one of requests. */
const requestsPerSecond = 20;

/** `seawall listen`: receives events and works on their cases until it is told to stop. */
export async function listenCommand(options: ListenCommandOptions, io: CommandIo): Promise<number> {
  const base = createMetrics(ruleDefinitions.map(({ id }) => id));
  const own = listenMetrics();
  const metrics: Metrics = { ...base, text: async () => `${await base.text()}\n${await own.text()}` };
  const log = openLog({ level: options.logLevel, destination: asyncDestination(1, base.logLinesDropped), now: io.now });
  const stopped = firstSignal(io);
  const leaving = new AbortController();
  const stops: (() => Promise<void> | void)[] = [];
  try {
    const listener = await start(options, io, { log, metrics, own }, leaving.signal, stops);
    log.info({ port: listener.port, cases: options.cases, act: options.act }, 'listening for events');
    const signal = await stopped.first;
    log.info({ signal }, 'stopping');
    const ended = listener.stop();
    // What waits for the cluster is on disk, and is not waited for.
    leaving.abort();
    await ended;
    return exitCodes.ok;
  } finally {
    for (const stop of stops.toReversed()) await stop();
    await log.flush();
  }
}

async function start(
  options: ListenCommandOptions,
  io: CommandIo,
  { log, metrics, own }: Telemetry,
  leaving: AbortSignal,
  stops: (() => Promise<void> | void)[],
): Promise<Listener> {
  const { now } = io;
  const secret = await openSecret(options.secretFile, log);
  const pair = mountedFiles([options.certFile, options.keyFile]);
  const serving: { listener?: Listener } = {};
  const certificate = await openCertificate({
    files: pair,
    apply: (next) => serving.listener?.serveKeyPair(next),
    log,
    metrics,
    now,
  });
  const warn = sparseWarnings({ log, monotonicMs: () => performance.now() });
  const cases = await openCaseFolder(options.cases, {
    maxCases: options.maxCases,
    onDrop: (id) => {
      own.dropped();
      warn('dropped', { case: id }, 'an old case was dropped to make room for a new one');
    },
  });
  const client = await openClient(options, io);
  stops.push(() => client.close());
  const find = await investigator(options, client, now, leaving);
  const budget = createActionBudget();
  const health = await openHealthPort({
    host: options.host,
    port: options.healthPort,
    metrics,
    readiness: () => ({ ready: false, reasons: ['starting'] }),
  });
  stops.push(health.close);
  const listener = await startListener({
    cases,
    isAuthentic: secret.current,
    keyPair: certificate.current(),
    host: options.host,
    port: options.port,
    investigate: find,
    page: markdownPage,
    emit: (id, found) => emitEvent(client, id, found, now()),
    act: options.act ? (id, found) => act(client, id, found, budget, now()) : undefined,
    metrics: own,
    log,
    now,
    monotonicMs: () => performance.now(),
    wait: (ms) => delay(ms, undefined, { signal: leaving }).catch(() => undefined),
  });
  serving.listener = listener;
  // Full is told by metrics and answers: taken out of the Service, nobody would hear why.
  health.ask(() => ({ ready: true, reasons: [] }));
  const refresh = async (): Promise<void> => {
    await secret.refresh();
    await certificate.refresh();
  };
  const paths = [options.secretFile, options.certFile, options.keyFile];
  stops.push(watchFiles({ paths, refresh, onUnwatchable: () => undefined, every }));
  return listener;
}

async function openClient({ kubeconfig, context }: ListenCommandOptions, io: CommandIo): Promise<ApiClient> {
  const { credentials } = await findCredentials({ kubeconfig, context, env: io.env });
  return createApiClient(credentials, { now: io.now });
}

async function investigator(
  { policy: file }: ListenCommandOptions,
  client: ApiClient,
  now: () => number,
  signal: AbortSignal,
): Promise<(event: FalcoEvent) => Promise<Investigation>> {
  const policy = await loadPolicy(file);
  const pace = createPace(requestsPerSecond);
  return async (event) => {
    const [found] = await investigate(client, [{ type: 'event', event }], {
      policy,
      nowMs: now(),
      cluster: 'this cluster',
      flags: '',
      list: { pace, signal },
    });
    if (found === undefined) throw new Error('an investigation without a result: a bug of Seawall');
    return found;
  };
}

interface SecretSource {
  readonly current: () => IsAuthentic;
  readonly refresh: () => Promise<void>;
}

/** @throws where the file cannot be read, or holds no secret that can be used */
async function openSecret(file: string, log: Log): Promise<SecretSource> {
  const files = mountedFiles([file]);
  const read = async (): Promise<IsAuthentic | undefined> => {
    const [bytes] = (await files.readIfChanged()) ?? [];
    return bytes === undefined ? undefined : readSecrets(strictText(bytes));
  };
  let current: IsAuthentic;
  try {
    current = (await read()) ?? (() => false);
  } catch (cause) {
    throw new Error(`${file}: ${reasonOf(cause)}`, { cause });
  }
  return {
    current: () => current,
    refresh: async () => {
      try {
        const next = await read();
        if (next === undefined) return;
        current = next;
        log.info({}, 'the shared secret was read again');
      } catch (error) {
        log.warn({ error: describeError(error) }, 'the shared secret cannot be read, and the last one stays in force');
      }
    },
  };
}
