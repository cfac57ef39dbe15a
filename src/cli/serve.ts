import type { ExecTargets } from '../admission/exec-targets.ts';
import { openPolicy, warnEveryMs } from '../admission/policy-reload.ts';
import type { PolicySource } from '../admission/policy-reload.ts';
import type { Webhook } from '../admission/webhook.ts';
import { startWebhook } from '../admission/webhook.ts';
import { mountedFiles, watchFiles } from '../mounted-files/mounted-files.ts';
import { judge } from '../policy/evaluate.ts';
import { repair } from '../policy/fix.ts';
import { defaultPolicy } from '../policy/policy.ts';
import { ruleDefinitions } from '../policy/rules/index.ts';
import type { Log } from '../telemetry/log.ts';
import { asyncDestination, describeError, openLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { announce } from './serve-announcement.ts';
import { openServingCertificate } from './serve-certificates.ts';
import type { ServedCluster } from './serve-cluster.ts';
import { openServedCluster } from './serve-cluster.ts';
import type { ServeOptions } from './serve-options.ts';
import { every, firstSignal } from './serve-signals.ts';

/** Seconds to serve on after a signal to stop; nobody waits for endpoints on a developer's machine. */
const defaultDrainDelaySeconds = 5;

/** How long open requests have at the end of a drain. */
const drainBoundMs = 10_000;

/** `seawall serve`: answers admission reviews until it is told to stop. */
export async function serveCommand(options: ServeOptions, io: CommandIo): Promise<number> {
  const { now } = io;
  const metrics = createMetrics(ruleDefinitions.map(({ id }) => id));
  const log = openLog({ level: options.logLevel, destination: asyncDestination(1, metrics.logLineDropped), now });
  const stopped = firstSignal(io);
  const stops: Stop[] = [];
  try {
    const webhook = await start(options, io, { log, metrics }, stops);
    announce(webhook, options, io, log);
    const signal = await stopped.first;
    log.info({ signal }, 'stopping');
    const delaySeconds = options.drainDelaySeconds ?? (options.development ? 0 : defaultDrainDelaySeconds);
    await webhook.stop({ delayMs: delaySeconds * 1000, boundMs: drainBoundMs, wait: stopped.wait });
    log.info({}, 'stopped');
    return exitCodes.ok;
  } finally {
    // The last that was opened first: the client of the cluster outlives all who use it.
    for (const stop of stops.toReversed()) await stop();
    await log.flush();
  }
}

type Stop = () => Promise<void> | void;

interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** @param stops - given what is to be ended at the end, also where the start fails halfway */
async function start(options: ServeOptions, io: CommandIo, telemetry: Telemetry, stops: Stop[]): Promise<Webhook> {
  const { now } = io;
  const policy = await policySource(options.policy, telemetry, now);
  const cluster = await openServedCluster(options, io);
  if (cluster !== undefined) stops.push(() => cluster.client.close());
  const execTargets = await openExecTargets(options, cluster, telemetry, now);
  if (execTargets !== undefined) stops.push(execTargets.stop);

  const serving: { webhook?: Webhook } = {};
  const certificate = await openServingCertificate(options, {
    io,
    ...telemetry,
    cluster,
    apply: (pair) => serving.webhook?.serveKeyPair(pair),
  });
  stops.push(certificate.stop);
  const keyPair = certificate.current();
  const webhook = await startWebhook({
    engine: { policy: policy.current, judge, repair },
    keyPair,
    certificateProblems: certificate.problems,
    execTargets,
    host: options.host ?? (options.development ? '127.0.0.1' : undefined),
    port: options.port,
    healthPort: options.healthPort,
    ...telemetry,
    now,
    monotonicMs: () => performance.now(),
  });
  serving.webhook = webhook;
  // After the ports are open: to list the pods of a large cluster takes seconds, and until then targets are asked for live.
  execTargets?.watch();
  // Another one may have come while the ports were being opened.
  if (certificate.current().cert !== keyPair.cert) webhook.serveKeyPair(certificate.current());
  stops.push(every(warnEveryMs, policy.warn), every(warnEveryMs, certificate.warn));
  if (options.policy !== undefined) {
    const onUnwatchable = (error: unknown): void => {
      telemetry.log.debug({ error: describeError(error) }, 'no notices from the file system, polling only');
    };
    stops.push(watchFiles({ paths: [options.policy], refresh: policy.refresh, onUnwatchable, every }));
  }
  return webhook;
}

async function openExecTargets(
  options: ServeOptions,
  cluster: ServedCluster | undefined,
  telemetry: Telemetry,
  now: () => number,
): Promise<ExecTargets | undefined> {
  if (!options.execTargets || cluster === undefined) return undefined;
  const { createExecTargets } = await import('../admission/exec-targets.ts');
  const targets = createExecTargets({
    client: cluster.client,
    ...telemetry,
    now,
    monotonicMs: () => performance.now(),
  });
  return targets;
}

async function policySource(file: string | undefined, telemetry: Telemetry, now: () => number): Promise<PolicySource> {
  if (file === undefined) {
    const policy = defaultPolicy();
    telemetry.metrics.policyLoaded(policy, now());
    return { current: () => policy, refresh: () => Promise.resolve(), warn: () => undefined };
  }
  const { readPolicyText } = await import('../policy-file/read.ts');
  const parse = (text: string) => readPolicyText(text, file);
  return openPolicy({ files: mountedFiles([file]), parse, ...telemetry, now });
}
