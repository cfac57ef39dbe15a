import type { MountedFiles } from '../mounted-files/mounted-files.ts';
import { strictText } from '../mounted-files/strict-text.ts';
import { formatPath } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import { policyWarnings } from '../policy/policy.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { Log } from '../telemetry/log.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface PolicyReloadOptions {
  readonly files: MountedFiles;
  /** Reads the text of the policy file. @throws with what is wrong with it, and where */
  readonly parse: (text: string) => Policy;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The policy of a file that is read again whenever it changes. */
export interface PolicySource {
  readonly current: () => Policy;
  /** Reads the file again if it has changed; a broken one is told and the last good policy stays. */
  readonly refresh: () => Promise<void>;
  /**
   * Logs what the owner of the policy should know, such as an exemption that is about to end. Each policy that is put in
   * force tells it once; to be called every `warnEveryMs`, because days pass over a policy that nobody touches.
   */
  readonly warn: () => void;
}

export const warnEveryMs = 24 * 60 * 60 * 1000;

/**
 * Reads the policy file for the first time.
 * @throws where it cannot be read: there is no last good policy to go on with
 */
export async function openPolicy({ files, parse, log, metrics, now }: PolicyReloadOptions): Promise<PolicySource> {
  const read = async (): Promise<Policy | undefined> => {
    const contents = await files.readIfChanged();
    return contents === undefined ? undefined : parse(textOf(contents[0] ?? Buffer.alloc(0)));
  };
  const first = await read();
  if (first === undefined) throw new Error('the policy file was read before');
  let current = first;
  const warn = (): void => {
    for (const { path, message } of policyWarnings(current, now())) {
      log.warn({ policy: current.name, field: formatPath(path) }, plainLine(message, 500));
    }
  };
  metrics.policyLoaded(current, now());
  warn();
  return {
    current: () => current,
    warn,
    refresh: async () => {
      try {
        const next = await read();
        if (next === undefined) return;
        current = next;
        metrics.policyLoaded(current, now());
        log.info({ policy: current.name, profile: current.profile }, 'policy reloaded');
        warn();
      } catch (error) {
        metrics.policyRefused(now());
        log.error(
          { policy: current.name, reason: plainLine(reasonOf(error), 2_000) },
          'policy refused, the last good one stays',
        );
      }
    },
  };
}

function textOf(bytes: Buffer): string {
  try {
    return strictText(bytes);
  } catch (cause) {
    throw new Error('the policy file is not UTF-8', { cause });
  }
}
