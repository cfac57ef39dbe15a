import { openLastGood } from '../mounted-files/last-good.ts';
import type { LastGood } from '../mounted-files/last-good.ts';
import type { MountedFiles } from '../mounted-files/mounted-files.ts';
import type { Log } from '../telemetry/log.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CertificateCheck } from './validity.ts';
import { certificateValidity } from './validity.ts';

/** A certificate chain and its key, as PEM. */
export interface ServedPair {
  readonly cert: string;
  readonly key: string;
  readonly expiresMs: number;
}

export interface CertificateReloadOptions {
  /** The certificate and the key, in this order. */
  readonly files: MountedFiles;
  /** Serves the pair from the next connection on. */
  readonly apply: (pair: ServedPair) => void;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Why the certificate cannot be served. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/**
 * Reads the certificate for the first time; `apply` is called only for later ones. A pair that does not match (one of the
 * two is written first), is cut off or has ended is told and not served: the last good one stays.
 * @throws {CertificateError} where it cannot be served
 */
export async function openCertificate(options: CertificateReloadOptions): Promise<LastGood<ServedPair>> {
  const { files, apply, log, metrics, now } = options;
  const source = await openLastGood({
    files,
    // What stands around the PEM is a comment, in whatever encoding.
    parse: ([cert, key]) => readPair({ cert: String(cert), key: String(key) }, now()),
    onTaken: (pair) => {
      apply(pair);
      metrics.certificateLoaded(pair.expiresMs, now());
      log.info({ expires: new Date(pair.expiresMs).toISOString() }, 'certificate reloaded');
    },
    onRefused: (error) => {
      metrics.certificateRefused(now());
      log.error({ reason: reasonOf(error).slice(0, 500) }, 'certificate refused, the last good one stays');
    },
  });
  metrics.certificateLoaded(source.current().expiresMs, now());
  return source;
}

function readPair(pair: CertificateCheck, nowMs: number): ServedPair {
  const validity = certificateValidity(pair, nowMs);
  if (!validity.valid) throw new CertificateError(validity.reason);
  return { cert: pair.cert, key: pair.key, expiresMs: validity.expiresMs };
}
