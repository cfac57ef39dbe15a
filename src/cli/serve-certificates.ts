import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { developmentCertificates } from '../certificates/development.ts';
import { warnOfEnd } from '../certificates/expiry-warning.ts';
import type { ServedPair } from '../certificates/reload.ts';
import { openCertificate } from '../certificates/reload.ts';
import { mountedFiles, watchFiles } from '../mounted-files/mounted-files.ts';
import type { Log } from '../telemetry/log.ts';
import { describeError } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CommandIo } from './io.ts';
import type { ServedCluster } from './serve-cluster.ts';
import type { ServeOptions } from './serve-options.ts';
import { every } from './serve-signals.ts';
import { UsageError } from './usage-error.ts';

/** Folder of the development certificates, from where the command runs. */
export const developmentFolder = 'certs';

/** A certificate that is served, wherever it comes from. */
export interface ServingCertificate {
  /** Resolves when there is one to serve; until then `current` throws. */
  readonly started: Promise<void>;
  readonly current: () => ServedPair;
  /** Why this replica should not be asked; undefined where only the end of the certificate counts. */
  readonly problems: (() => readonly string[]) | undefined;
  /** Logs what is about to end; to be called once a day. */
  readonly warn: () => void;
  readonly stop: () => Promise<void>;
}

export interface CertificateContext {
  readonly io: CommandIo;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly cluster: ServedCluster | undefined;
  /** Serves another pair from the next connection on. */
  readonly apply: (pair: ServedPair) => void;
}

/**
 * Opens what the options name.
 * @throws {UsageError} where they name nothing, or two things
 */
export async function openServingCertificate(
  options: ServeOptions,
  context: CertificateContext,
): Promise<ServingCertificate> {
  const { certFile, keyFile, development, selfManaged } = options;
  if (selfManaged) {
    if (certFile !== undefined || keyFile !== undefined || development) {
      throw new UsageError('--self-managed goes with neither --cert-file and --key-file nor --development');
    }
    return openSelfManaged(options, context);
  }
  return openFiles(await filesToServe(options, context.io.now()), context);
}

async function openSelfManaged(options: ServeOptions, context: CertificateContext): Promise<ServingCertificate> {
  const { io, cluster, log, metrics, apply } = context;
  if (cluster === undefined) throw new Error('self-managed certificates without a cluster: a bug of Seawall');
  // Loaded only here: most of the commands serve files.
  const { startSelfManaged } = await import('../certificates/self-managed.ts');
  const { service, secret, lease, host = '' } = options;
  return startSelfManaged({
    client: cluster.client,
    namespace: await cluster.namespace(),
    service,
    secret,
    lease,
    // A webhook that is reached by url has no Service whose name it could be called by.
    ipAddresses: isIP(host) === 0 ? [] : [host],
    identity: `${io.env['HOSTNAME'] ?? 'seawall'}_${randomBytes(4).toString('hex')}`,
    apply,
    log,
    metrics,
    now: io.now,
    monotonicMs: () => performance.now(),
  });
}

async function openFiles(files: readonly [string, string], context: CertificateContext): Promise<ServingCertificate> {
  const { io, log, metrics, apply } = context;
  const { now } = io;
  const certificate = await openCertificate({ files: mountedFiles(files), apply, log, metrics, now });
  const onUnwatchable = (error: unknown): void => {
    log.debug({ error: describeError(error) }, 'no notices from the file system, polling only');
  };
  const stop = watchFiles({ paths: files, refresh: certificate.refresh, onUnwatchable, every });
  const warn = (): void => warnOfEnd(log, 'serving certificate', certificate.current().expiresMs, now());
  warn();
  return {
    started: Promise.resolve(),
    current: certificate.current,
    problems: undefined,
    warn,
    stop: () => {
      stop();
      return Promise.resolve();
    },
  };
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
      'name a serving certificate (--cert-file, --key-file), manage one in the cluster (--self-managed), or serve a development one (--development)',
    );
  }
  const { cert, key } = await developmentCertificates(developmentFolder, nowMs);
  return [cert, key];
}
