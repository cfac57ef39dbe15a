import type { ApiClient } from '../cluster/api.ts';
import type { ExecTarget } from '../policy/exec-target.ts';
import type { ExecMetrics, TargetSource } from '../telemetry/exec-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import { execTargetLookUp } from './exec-target-look-up.ts';

export interface ExecTargetsOptions {
  readonly client: ApiClient;
  readonly log: Log;
  readonly metrics: ExecMetrics;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
}

/** The pod that an exec is for, and where it is known from; no pod where it is not. */
export interface FoundTarget {
  readonly target: ExecTarget | undefined;
  readonly source: TargetSource;
}

/** Knows the pods of a cluster as execs need them. */
export interface ExecTargets {
  /**
   * Never fails, and never takes longer than the look-up's bound.
   * @param withinMs - milliseconds that the request has left
   */
  readonly find: (namespace: string, name: string, withinMs: number) => Promise<FoundTarget>;
}

export function createExecTargets({ client, log, metrics, monotonicMs }: ExecTargetsOptions): ExecTargets {
  const lookUp = execTargetLookUp({ client, warn: sparseWarnings({ log, monotonicMs }) });
  return {
    find: async (namespace, name, withinMs) => {
      const target = await lookUp(namespace, name, withinMs);
      const source = target === undefined ? 'unknown' : 'live';
      metrics.execLookup(source);
      return { target, source };
    },
  };
}
