import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import { apply } from '../cluster/server-side-apply.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { conditionedConfiguration } from './webhook-document.ts';
import type { CompiledPolicy, SeenConditions } from './written-conditions.ts';
import {
  conditionsBody,
  configurationPath,
  fieldManager,
  refusingWebhook,
  seeConditions,
} from './written-conditions.ts';

export interface ConditionWriterOptions {
  readonly client: Pick<ApiClient, 'request'>;
  /** Of this process and no other. */
  readonly replica: string;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'conditionsWritten'>;
  readonly monotonicMs: () => number;
}

/** Reads and writes the conditions of the configuration. */
export interface ConditionWriter {
  /** undefined where nothing is registered, and so nothing is narrow. @throws {ApiError} */
  readonly see: (policy: CompiledPolicy) => Promise<SeenConditions | undefined>;
  /**
   * @returns whether it was written; false where the configuration has changed since it was seen, or its conditions are refused
   * @throws {ApiError}
   */
  readonly write: (seen: SeenConditions, policy: CompiledPolicy, written: 'own' | 'wide' | 'claim') => Promise<boolean>;
  /** Why the API server does not take the conditions of the policy; they are tried again after a while. */
  readonly refusalOf: (policy: CompiledPolicy) => string | undefined;
}

/** What an older API server does not know, it may know after its upgrade. */
const refusedForMs = 10 * 60_000;

export function createConditionWriter({
  client,
  replica,
  log,
  metrics,
  monotonicMs,
}: ConditionWriterOptions): ConditionWriter {
  let claims = 0;
  let refused: { readonly fingerprint: string; readonly reason: string; readonly atMs: number } | undefined;

  const tellRefused = ({ fingerprint }: CompiledPolicy, why: string): void => {
    const reason = plainLine(why, 300);
    refused = { fingerprint, reason, atMs: monotonicMs() };
    log.error(
      { configuration: conditionedConfiguration, reason },
      'matchConditions are not taken, the webhook is asked of every pod; they need Kubernetes 1.30',
    );
  };

  return {
    see: async (policy) => {
      try {
        const seen = seeConditions((await client.request('GET', configurationPath)).body, policy);
        return seen.present.includes(refusingWebhook) ? seen : undefined;
      } catch (error) {
        if (error instanceof ApiError && error.code === 'not-found') return undefined;
        throw error;
      }
    },
    write: async (seen, policy, written) => {
      claims += 1;
      const body = conditionsBody(seen, policy, written, `${replica} ${claims}`);
      try {
        // force: the conditions are ours; whoever owned them too is named in the log.
        const answer = await apply(client, configurationPath, body, { fieldManager, force: true });
        metrics.conditionsWritten(written, 'success');
        if (written === 'own' && seeConditions(answer, policy).state !== 'own') {
          tellRefused(policy, 'the API server does not keep them: it is older than Kubernetes 1.28');
        } else if (written !== 'claim') log.info({ configuration: conditionedConfiguration }, words[written]);
        return true;
      } catch (error) {
        const isOutdated = error instanceof ApiError && (error.code === 'conflict' || error.code === 'not-found');
        metrics.conditionsWritten(written, isOutdated ? 'outdated' : 'failure');
        if (isOutdated) return false;
        if (written !== 'own' || !(error instanceof ApiError) || error.code !== 'invalid') throw error;
        tellRefused(policy, reasonOf(error));
        return false;
      }
    },
    refusalOf: ({ fingerprint }) => {
      if (refused === undefined || refused.fingerprint !== fingerprint) return undefined;
      if (monotonicMs() - refused.atMs > refusedForMs) refused = undefined;
      return refused?.reason;
    },
  };
}

const words = {
  own: 'matchConditions are those of the policy',
  wide: 'matchConditions widened: the webhook is asked of every pod',
} as const;
