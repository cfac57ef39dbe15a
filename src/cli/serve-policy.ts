import type { PolicySource } from '../admission/policy-reload.ts';
import { openPolicy } from '../admission/policy-reload.ts';
import { mountedFiles, watchFiles } from '../mounted-files/mounted-files.ts';
import { defaultPolicy } from '../policy/policy.ts';
import type { Log } from '../telemetry/log.ts';
import { describeError } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { every } from './serve-signals.ts';

export interface ServedPolicyContext {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Told after another policy is in force. */
  readonly onChanged: () => void;
}

/** The policy that is served, and what ends the watching of its file. */
export type ServedPolicy = Pick<PolicySource, 'current' | 'warn'> & { readonly stop: () => void };

/**
 * The policy of a file, read again whenever it changes, or the built-in one where none is named.
 * @throws where the file cannot be read, or holds no policy
 */
export async function openServedPolicy(
  file: string | undefined,
  { log, metrics, now, onChanged }: ServedPolicyContext,
): Promise<ServedPolicy> {
  if (file === undefined) {
    const policy = defaultPolicy();
    metrics.policyLoaded(policy, now());
    return { current: () => policy, warn: () => undefined, stop: () => undefined };
  }
  const { readPolicyText } = await import('../policy-file/read.ts');
  const parse = (text: string) => readPolicyText(text, file);
  const { current, warn, refresh } = await openPolicy({ files: mountedFiles([file]), parse, log, metrics, now });
  const onUnwatchable = (error: unknown): void => {
    log.debug({ error: describeError(error) }, 'no notices from the file system, polling only');
  };
  const refreshed = async (): Promise<void> => {
    const before = current();
    await refresh();
    if (current() !== before) onChanged();
  };
  return { current, warn, stop: watchFiles({ paths: [file], refresh: refreshed, onUnwatchable, every }) };
}
