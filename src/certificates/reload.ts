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

/** A serving certificate that is read again whenever its files change. */
export interface CertificateSource {
  readonly current: () => ServedPair;
  /**
   * Reads the files again if they have changed. A pair that does not match (one of the two is written first), is cut off
   * or has ended is told and not served: the last good one stays.
   */
  readonly refresh: () => Promise<void>;
}

/** Why the certificate cannot be served. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/**
 * Reads the certificate for the first time; `apply` is called only for later ones.
 * @throws {CertificateError} where it cannot be served
 */
export async function openCertificate(options: CertificateReloadOptions): Promise<CertificateSource> {
  const { files, apply, log, metrics, now } = options;
  const read = async (): Promise<ServedPair | undefined> => {
    const [cert, key] = (await files.readIfChanged()) ?? [];
    if (cert === undefined || key === undefined) return undefined;
    // What stands around the PEM is a comment, in whatever encoding.
    return readPair({ cert: cert.toString(), key: key.toString() }, now());
  };
  const first = await read();
  if (first === undefined) throw new CertificateError('the certificate files were read before');
  let current = first;
  metrics.certificateLoaded(current.expiresMs, now());
  return {
    current: () => current,
    refresh: async () => {
      try {
        const next = await read();
        if (next === undefined) return;
        apply(next);
        current = next;
        metrics.certificateLoaded(current.expiresMs, now());
        log.info({ expires: new Date(current.expiresMs).toISOString() }, 'certificate reloaded');
      } catch (error) {
        metrics.certificateRefused(now());
        log.error({ reason: reasonOf(error).slice(0, 500) }, 'certificate refused, the last good one stays');
      }
    },
  };
}

function readPair(pair: CertificateCheck, nowMs: number): ServedPair {
  const validity = certificateValidity(pair, nowMs);
  if (!validity.valid) throw new CertificateError(validity.reason);
  return { cert: pair.cert, key: pair.key, expiresMs: validity.expiresMs };
}
