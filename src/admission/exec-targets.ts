import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Reflector } from '../cluster/reflector.ts';
import { startReflector } from '../cluster/reflector.ts';
import type { ExecTarget } from '../policy/exec-target.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { ExecMetrics, TargetSource } from '../telemetry/exec-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import type { ExecTargetCache, ExecTargetCacheLimits } from './exec-target-cache.ts';
import { execTargetCache } from './exec-target-cache.ts';
import type { ExecTargetPlace } from './exec-target-look-up.ts';
import { execTargetLookUp } from './exec-target-look-up.ts';

/*
 * The pods that execs are for: options of exec and attach name a pod, and say nothing of it, not even its uid.
 *
 * A pod is looked up in a cache that a watch feeds, then once live; one that stays unknown counts as one with host
 * access. So does one that the API server does not have: it will say so to the caller itself, and a pod that comes under
 * that name a moment later (the mirror of a static pod, which runs already) must not profit from the answer.
 *
 * Between two words of the watch the cache may tell of a pod that was deleted and made anew under the same name, with
 * host access. The gap is that of the watch, milliseconds, and what it opens onto is a pod that does not run yet: its node
 * takes longer to start a container. A watch that ended and has not spoken again, or is silent for `staleAfterMs`, is not
 * believed.
 */

export interface ExecTargetsOptions {
  readonly client: ApiClient;
  readonly log: Log;
  readonly metrics: ExecMetrics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
  readonly limits?: Partial<ExecTargetCacheLimits>;
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
  readonly find: (place: ExecTargetPlace, withinMs: number) => Promise<FoundTarget>;
  /**
   * Starts to follow all pods. Until it has read them every look-up is a live one: readiness does not wait for it, for
   * pods would then be refused for want of what only an exec needs.
   */
  readonly watch: () => void;
  readonly stop: () => Promise<void>;
}

/**
 * Pages of the list of all pods. Whoever may create pods may make each of them large: 500 at once would not fit into the
 * memory of a replica, and admission would go with it.
 */
const podPages = { pageSize: 50, maxPageBytes: 16 * 1024 * 1024 };

/**
 * Milliseconds of silence after which the cache is not believed. Well below the minute between two bookmarks of a quiet
 * cluster: to ask live costs one GET for an exec of a tool, which is rare, and to believe a dead watch costs more.
 */
export const staleAfterMs = 10_000;

export function createExecTargets(options: ExecTargetsOptions): ExecTargets {
  const { client, log, metrics, now, monotonicMs, limits } = options;
  const cache = execTargetCache(limits);
  const lookUp = execTargetLookUp({ client, warn: sparseWarnings({ log, monotonicMs }) });
  let following: Following | undefined;

  metrics.watchPodCache(() => {
    const silentMs = following?.silentMs();
    return {
      pods: cache.size(),
      synced: following?.isBelieved() ?? false,
      full: cache.full(),
      lastContactMs: silentMs === undefined ? 0 : now() - silentMs,
    };
  });
  return {
    find: async (place, withinMs) => {
      const cached = following?.isBelieved() === true ? cache.find(place.namespace, place.name) : undefined;
      const target = cached ?? (await lookUp(place, withinMs));
      const source = cached !== undefined ? 'cache' : target === undefined ? 'unknown' : 'live';
      metrics.execLookup(source);
      return { target, source };
    },
    watch: () => {
      following ??= follow(cache, options);
    },
    stop: async () => {
      await following?.stop();
    },
  };
}

interface Following extends Pick<Reflector, 'stop'> {
  readonly isBelieved: () => boolean;
  /** Milliseconds since the API server last said something; undefined before its first word. */
  readonly silentMs: () => number | undefined;
}

/** Keeps the cache as the API server has its pods. */
function follow(cache: ExecTargetCache, { client, log, monotonicMs }: ExecTargetsOptions): Following {
  const warn = sparseWarnings({ log, monotonicMs });
  const reflector = startReflector({
    client,
    path: '/api/v1/pods',
    ...podPages,
    monotonicMs,
    onListBegin: () => cache.clear(),
    onPage: (pods) => {
      for (const pod of pods) cache.put(pod);
    },
    onListEnd: () => {
      if (cache.full()) warn('full', { pods: cache.size() }, 'the pod cache is full: other pods are looked up live');
    },
    onEvent: (type, pod) => {
      if (type === 'DELETED') cache.remove(pod);
      else cache.put(pod);
    },
    onError: (error, waitMs) => {
      const code = error instanceof ApiError ? error.code : 'failed';
      const fields = { problem: plainLine(reasonOf(error)), retry_in_ms: Math.round(waitMs) };
      warn(code, fields, 'the watch of pods broke off: execs are looked up live until it goes on');
    },
  });
  const silentMs = (): number | undefined => {
    const lastMs = reflector.lastContactMs();
    return lastMs === undefined ? undefined : monotonicMs() - lastMs;
  };
  return {
    silentMs,
    isBelieved: () => reflector.current() && (silentMs() ?? Infinity) < staleAfterMs,
    stop: reflector.stop,
  };
}
