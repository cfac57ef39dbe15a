import type { Log } from '../telemetry/log.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** How long before its end a certificate is warned of. */
export const warnBeforeMs = 14 * dayMs;

/**
 * Logs that a certificate is about to end, or has ended; silent where it is not.
 * @param nowMs - milliseconds since the epoch
 */
export function warnOfEnd(log: Log, what: string, expiresMs: number, nowMs: number): void {
  const leftMs = expiresMs - nowMs;
  if (leftMs > warnBeforeMs) return;
  const fields = { what, expires: new Date(expiresMs).toISOString(), days_left: Math.floor(leftMs / dayMs) };
  log.warn(fields, leftMs > 0 ? 'certificate ends soon, and nobody has renewed it' : 'certificate has ended');
}
