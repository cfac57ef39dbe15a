import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openPolicy, warnEveryMs } from '../admission/policy-reload.ts';
import type { PolicySource } from '../admission/policy-reload.ts';
import type { Webhook } from '../admission/webhook.ts';
import { startWebhook } from '../admission/webhook.ts';
import { developmentCertificates } from '../certificates/development.ts';
import type { CertificateSource } from '../certificates/reload.ts';
import { openCertificate } from '../certificates/reload.ts';
import type { WatchOptions } from '../mounted-files/mounted-files.ts';
import { mountedFiles, watchFiles } from '../mounted-files/mounted-files.ts';
import { judge } from '../policy/evaluate.ts';
import { repair } from '../policy/fix.ts';
import { defaultPolicy } from '../policy/policy.ts';
import { ruleDefinitions } from '../policy/rules/index.ts';
import type { Log, LogLevel } from '../telemetry/log.ts';
import { asyncDestination, describeError, openLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { UsageError } from './usage-error.ts';

export interface ServeOptions {
  /** Policy file, read again whenever it changes; the built-in policy where it is absent. */
  readonly policy?: string | undefined;
  /** Address to listen on; every address where it is absent, and 127.0.0.1 with --development. */
  readonly host?: string | undefined;
  readonly port: number;
  readonly healthPort: number;
  /** Serving certificate chain and key as PEM files, read again whenever they change; both or none. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Serves certificates of a development authority below `certs/`, made where they are missing. */
  readonly development: boolean;
  readonly logLevel: LogLevel;
  /** Seconds to serve on after a signal to stop; none where it is absent with --development. */
  readonly drainDelaySeconds?: number | undefined;
}

/** Seconds to serve on after a signal to stop; nobody waits for endpoints on a developer's machine. */
const defaultDrainDelaySeconds = 5;

/** How long open requests have at the end of a drain. */
const drainBoundMs = 10_000;

/** Folder of the development certificates, and the sample that the curl line sends, from where the command runs. */
const developmentFolder = 'certs';
const sampleReview = 'manifests/samples/host-network-tool.json';

/** `seawall serve`: answers admission reviews until it is told to stop. */
export async function serveCommand(options: ServeOptions, io: CommandIo): Promise<number> {
  const { now } = io;
  const metrics = createMetrics(ruleDefinitions.map(({ id }) => id));
  const log = openLog({ level: options.logLevel, destination: asyncDestination(1, metrics.logLineDropped), now });
  const stopped = firstSignal(io);
  const stopWatching: (() => void)[] = [];
  try {
    const webhook = await start(options, io, { log, metrics }, stopWatching);
    announce(webhook, options, io, log);
    const signal = await stopped.first;
    log.info({ signal }, 'stopping');
    const delaySeconds = options.drainDelaySeconds ?? (options.development ? 0 : defaultDrainDelaySeconds);
    await webhook.stop({ delayMs: delaySeconds * 1000, boundMs: drainBoundMs, wait: stopped.wait });
    log.info({}, 'stopped');
    return exitCodes.ok;
  } finally {
    for (const stop of stopWatching) stop();
    await log.flush();
  }
}

interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}

async function start(
  options: ServeOptions,
  io: CommandIo,
  telemetry: Telemetry,
  stopWatching: (() => void)[],
): Promise<Webhook> {
  const { now } = io;
  const certificateFiles = await filesToServe(options, now());
  const policy = await policySource(options.policy, telemetry, now);
  const serving: { webhook?: Webhook } = {};
  const certificate: CertificateSource = await openCertificate({
    files: mountedFiles(certificateFiles),
    apply: (pair) => serving.webhook?.serveKeyPair(pair),
    ...telemetry,
    now,
  });
  const webhook = await startWebhook({
    engine: { policy: policy.current, judge, repair },
    keyPair: certificate.current(),
    host: options.host ?? (options.development ? '127.0.0.1' : undefined),
    port: options.port,
    healthPort: options.healthPort,
    ...telemetry,
    now,
    monotonicMs: () => performance.now(),
  });
  serving.webhook = webhook;
  const watched: Pick<WatchOptions, 'paths' | 'refresh'>[] = [
    { paths: certificateFiles, refresh: certificate.refresh },
  ];
  if (options.policy !== undefined) watched.push({ paths: [options.policy], refresh: policy.refresh });
  stopWatching.push(every(warnEveryMs, policy.warn));
  for (const { paths, refresh } of watched) {
    const onUnwatchable = (error: unknown): void => {
      telemetry.log.debug({ error: describeError(error) }, 'no notices from the file system, polling only');
    };
    stopWatching.push(watchFiles({ paths, refresh, onUnwatchable, every }));
  }
  return webhook;
}

/** The certificate and key files. @throws {UsageError} where the options name none, or only one */
async function filesToServe(options: ServeOptions, nowMs: number): Promise<readonly [string, string]> {
  const { certFile, keyFile, development } = options;
  if (certFile !== undefined && keyFile !== undefined) return [certFile, keyFile];
  if (certFile !== undefined || keyFile !== undefined) {
    throw new UsageError('--cert-file and --key-file go together');
  }
  if (!development) {
    throw new UsageError(
      'name a serving certificate (--cert-file, --key-file), or serve a development one (--development)',
    );
  }
  const { cert, key } = await developmentCertificates(developmentFolder, nowMs);
  return [cert, key];
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

/** Tells that the webhook is ready: two lines for a person, one line of JSON in a cluster. */
function announce(webhook: Webhook, options: ServeOptions, io: CommandIo, log: Log): void {
  const { port, healthPort } = webhook;
  const policy = webhook.policy().name;
  if (!options.development) {
    log.info({ port, health_port: healthPort, policy }, 'ready');
    return;
  }
  const host = options.host ?? '127.0.0.1';
  const address = host.includes(':') ? `[${host}]` : host;
  io.stderr(
    `seawall: ready on https://${address}:${port}, policy ${policy}; probes and metrics on http://${address}:${healthPort}\n`,
  );
  const authority = options.certFile === undefined ? `--cacert ${join(developmentFolder, 'ca.crt')} ` : '';
  const data = existsSync(sampleReview) ? `--data-binary @${sampleReview}` : `--data-binary '${inlineReview}'`;
  io.stderr(`curl ${authority}-H 'Content-Type: application/json' ${data} https://${address}:${port}/validate\n`);
}

/** A review for the curl line where the samples of the source tree are not at hand. */
const inlineReview = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'sample',
    operation: 'CREATE',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    namespace: 'default',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'sample' },
      spec: { hostNetwork: true, containers: [{ name: 'tool', image: 'nicolaka/netshoot' }] },
    },
  },
});

interface Stopped {
  /** The first signal. */
  readonly first: Promise<string>;
  /** Resolves after so many milliseconds, or at a second signal: who asks twice does not want to wait. */
  readonly wait: (ms: number) => Promise<void>;
}

function firstSignal(io: CommandIo): Stopped {
  const { promise: first, resolve: resolveFirst } = Promise.withResolvers<string>();
  const { promise: second, resolve: resolveSecond } = Promise.withResolvers<undefined>();
  let signals = 0;
  io.onSignal((signal) => {
    signals += 1;
    if (signals === 1) resolveFirst(signal);
    else resolveSecond(undefined);
  });
  const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
  return { first, wait: (ms) => Promise.race([elapsed(ms), second]) };
}

function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms).unref();
  return () => clearInterval(timer);
}
