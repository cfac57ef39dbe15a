import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import { apply } from '../cluster/server-side-apply.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { Configuration } from './ca-bundle.ts';
import { caBundleBody, configurationPath, configurationTitle, fieldManager, isInStep } from './ca-bundle.ts';
import type { AuthorityCertificate } from './certificate-facts.ts';

export interface CaBundleKeeperOptions {
  readonly client: ApiClient;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
}

/** Brings the caBundles of the configurations that exist in step; for the leader only. */
export interface CaBundleKeeper {
  /**
   * Writes the caBundle of each configuration that is not in step, unless its time has not come.
   * @param mayWrite - asked right before each write: whether `wanted` is what the Secret holds now
   * @returns milliseconds until it should be called again though nothing has changed; undefined where never
   */
  readonly keep: (
    configurations: readonly Configuration[],
    wanted: readonly AuthorityCertificate[],
    mayWrite: () => Promise<boolean>,
  ) => Promise<number | undefined>;
}

const firstDelayMs = 1_000;
const maxDelayMs = 5 * 60_000;
/** While a caBundle that fails closed is not ours, no pod is created. */
const maxClosedDelayMs = 30_000;
/** As many times a caBundle that fails closed is written again that soon, which is half an hour; nobody wins after that. */
const urgentAttempts = 60;

/** How long a caBundle must be left alone until what was before is forgotten. */
const forgetAfterMs = 10 * 60_000;

/** How long the watch has to bring back what was written; then it is written again. */
const echoMs = 30_000;

/** What is remembered of one configuration. */
interface Memory {
  readonly uid: string;
  /** What was last written, and over which version; the watch has not brought it back while that version is seen. */
  written?: { readonly wanted: string; readonly over: string; readonly atMs: number } | undefined;
  /** How often in a row it was overwritten, or could not be written. */
  attempts: number;
  notBeforeMs: number;
}

export function createCaBundleKeeper(options: CaBundleKeeperOptions): CaBundleKeeper {
  const { monotonicMs } = options;
  const memories = new Map<string, Memory>();

  const memoryOf = ({ ref, uid }: Configuration): Memory => {
    const title = configurationTitle(ref);
    const known = memories.get(title);
    if (known?.uid === uid) return known;
    const fresh: Memory = { uid, attempts: 0, notBeforeMs: 0 };
    memories.set(title, fresh);
    return fresh;
  };

  return {
    keep: async (configurations, wanted, mayWrite) => {
      let againInMs: number | undefined;
      for (const configuration of configurations) {
        if (configuration.isBeingDeleted) continue;
        const memory = memoryOf(configuration);
        const waitMs = await keepOne(configuration, wanted, memory, mayWrite, options);
        if (waitMs !== undefined) againInMs = Math.min(againInMs ?? waitMs, waitMs);
      }
      for (const memory of memories.values()) {
        const { written } = memory;
        if (written !== undefined && monotonicMs() - written.atMs > forgetAfterMs) memory.attempts = 0;
      }
      return againInMs;
    },
  };
}

/** @returns milliseconds until the next attempt; undefined where none is needed */
async function keepOne(
  configuration: Configuration,
  wanted: readonly AuthorityCertificate[],
  memory: Memory,
  mayWrite: () => Promise<boolean>,
  options: CaBundleKeeperOptions,
): Promise<number | undefined> {
  if (isInStep(configuration, wanted)) return undefined;
  const nowMs = options.monotonicMs();
  const { written } = memory;
  const mark = wanted.map(({ fingerprint }) => fingerprint).join(' ');
  if (written?.over === configuration.resourceVersion && nowMs - written.atMs < echoMs) return echoMs;
  if (written?.wanted === mark) {
    memory.written = undefined;
    tellRewritten(configuration, memory, options);
    // The first time at once: one who replaces the manifest by hand does so once.
    memory.notBeforeMs = memory.attempts === 0 ? nowMs : nowMs + delayMsOf(memory.attempts, configuration.failsClosed);
    memory.attempts += 1;
  }
  if (nowMs < memory.notBeforeMs) return memory.notBeforeMs - nowMs;
  if (!(await mayWrite())) return undefined;
  return write(configuration, wanted, mark, memory, options);
}

async function write(
  configuration: Configuration,
  wanted: readonly AuthorityCertificate[],
  mark: string,
  memory: Memory,
  { client, log, metrics, monotonicMs }: CaBundleKeeperOptions,
): Promise<number | undefined> {
  const title = configurationTitle(configuration.ref);
  try {
    await applyCaBundle(client, configuration, wanted);
  } catch (error) {
    const isOutdated = error instanceof ApiError && (error.code === 'conflict' || error.code === 'not-found');
    metrics.caBundleApplied(title, isOutdated ? 'outdated' : 'failure');
    memory.attempts += 1;
    const waitMs = isOutdated ? firstDelayMs : delayMsOf(memory.attempts - 1, configuration.failsClosed);
    memory.notBeforeMs = monotonicMs() + waitMs;
    const fields = { configuration: title, reason: reasonOf(error), retry_in_seconds: Math.ceil(waitMs / 1000) };
    if (isOutdated) log.debug(fields, 'caBundle not written, the configuration has changed');
    else log.error(fields, 'caBundle could not be written');
    return waitMs;
  }
  metrics.caBundleApplied(title, 'success');
  memory.written = { wanted: mark, over: configuration.resourceVersion, atMs: monotonicMs() };
  log.info({ configuration: title, authorities: wanted.length }, 'caBundle written');
  return undefined;
}

/**
 * Writes one caBundle by server-side apply, and nothing else.
 * @throws {ApiError} `conflict` or `not-found` where the configuration has changed since it was read
 */
export async function applyCaBundle(
  client: ApiClient,
  configuration: Configuration,
  wanted: readonly AuthorityCertificate[],
): Promise<void> {
  // force: the field is ours; whoever owned it too is named in the log.
  await apply(client, configurationPath(configuration.ref), caBundleBody(configuration, wanted), {
    fieldManager,
    force: true,
  });
}

function tellRewritten(
  { ref, otherManagers, failsClosed }: Configuration,
  { attempts }: Memory,
  { log, metrics }: CaBundleKeeperOptions,
): void {
  const title = configurationTitle(ref);
  metrics.caBundleRewritten(title);
  const by = otherManagers.length === 0 ? 'unknown' : otherManagers.join(', ');
  const seconds = attempts === 0 ? 0 : delayMsOf(attempts, failsClosed) / 1000;
  log.warn({ configuration: title, by, retry_in_seconds: seconds }, 'caBundle was overwritten');
}

/** Milliseconds before the next write: 1, 2, 4, ... seconds, at most five minutes, or half of one where pods are at stake. */
export function delayMsOf(attempts: number, failsClosed: boolean): number {
  const longestMs = failsClosed && attempts <= urgentAttempts ? maxClosedDelayMs : maxDelayMs;
  return Math.min(longestMs, firstDelayMs * 2 ** Math.min(Math.max(attempts - 1, 0), 30));
}
