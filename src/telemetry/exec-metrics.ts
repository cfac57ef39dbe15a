import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';

/** Where the target of an exec is known from; `unknown`: not in the cache, and not to be had in time. */
export type TargetSource = 'cache' | 'live' | 'unknown';

/** What is told of the pods that are kept for execs. */
export interface PodCacheState {
  readonly pods: number;
  /** Whether it answers: it has read a whole list, and hears of changes. */
  readonly synced: boolean;
  readonly full: boolean;
  /** When the API server last spoke to it, in milliseconds since the epoch; 0 before its first word. */
  readonly lastContactMs: number;
}

/** Counts how the targets of execs are found. */
export interface ExecMetrics {
  readonly execLookup: (source: TargetSource) => void;
  /** Gives the state of the pod cache, whenever it is asked for; without a cache there are no series of one. */
  readonly watchPodCache: (state: () => PodCacheState) => void;
}

export function execMetrics(registry: Registry): ExecMetrics {
  const registers = [registry];
  const lookups = new Counter({
    name: 'seawall_exec_lookups_total',
    help: 'Look-ups of the pod that an exec is for.',
    labelNames: ['source'],
    registers,
  });
  for (const source of ['cache', 'live', 'unknown'] as const) lookups.inc({ source }, 0);
  const watched = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `seawall_pod_cache_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  return {
    execLookup: (source) => lookups.inc({ source }),
    watchPodCache: (state) => {
      watched('pods', 'Pods that are kept for execs.', () => state().pods);
      watched('synced', '1 where the pod cache answers, 0 where it does not.', () => Number(state().synced));
      watched('full', '1 where a pod found no room in the pod cache.', () => Number(state().full));
      watched(
        'last_contact_timestamp_seconds',
        'When the API server last spoke to the pod cache; 0 before its first word.',
        () => state().lastContactMs / 1000,
      );
    },
  };
}
