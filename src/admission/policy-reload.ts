import { openLastGood } from '../mounted-files/last-good.ts';
import type { LastGood } from '../mounted-files/last-good.ts';
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
export interface PolicySource extends LastGood<Policy> {
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
  const warn = (policy: Policy): void => {
    for (const { path, message } of policyWarnings(policy, now())) {
      log.warn({ policy: policy.name, field: formatPath(path) }, plainLine(message, 500));
    }
  };
  const source = await openLastGood({
    files,
    parse: ([contents = Buffer.alloc(0)]) => parse(textOf(contents)),
    onTaken: (policy) => {
      metrics.policyLoaded(policy, now());
      log.info({ policy: policy.name, profile: policy.profile }, 'policy reloaded');
      warn(policy);
    },
    onRefused: (error) => {
      metrics.policyRefused(now());
      log.error(
        { policy: source.current().name, reason: plainLine(reasonOf(error), 2_000) },
        'policy refused, the last good one stays',
      );
    },
  });
  metrics.policyLoaded(source.current(), now());
  warn(source.current());
  return { ...source, warn: () => warn(source.current()) };
}

function textOf(bytes: Buffer): string {
  try {
    return strictText(bytes);
  } catch (cause) {
    throw new Error('the policy file is not UTF-8', { cause });
  }
}
