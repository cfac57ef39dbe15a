import type { Log, LogFields } from './log.ts';

/** Warns of what a stranger can make happen as often as he likes. */
export type SparseWarning = (reason: string, fields: LogFields, message: string) => void;

export interface SparseWarningsOptions {
  readonly log: Log;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
}

/** How long nothing more is logged of the same reason. */
export const quietMs = 60_000;

/** Most reasons that are told apart; those that come after them share a line. */
const maxReasons = 64;

/**
 * Makes a function that logs the first warning of each reason at once, and then at most one a minute, with the count of
 * those that it left out (`suppressed`).
 */
export function sparseWarnings({ log, monotonicMs }: SparseWarningsOptions): SparseWarning {
  const told = new Map<string, { atMs: number; suppressed: number }>();
  return (given, fields, message) => {
    const reason = told.has(given) || told.size < maxReasons ? given : 'other';
    const nowMs = monotonicMs();
    const last = told.get(reason);
    if (last !== undefined && nowMs - last.atMs < quietMs) {
      last.suppressed += 1;
      return;
    }
    const suppressed = last === undefined || last.suppressed === 0 ? {} : { suppressed: last.suppressed };
    told.set(reason, { atMs: nowMs, suppressed: 0 });
    log.warn({ reason, ...fields, ...suppressed }, message);
  };
}
