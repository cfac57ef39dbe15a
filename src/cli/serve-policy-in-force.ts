import { randomBytes } from 'node:crypto';
import type { ApiClient } from '../cluster/api.ts';
import type { KeeperTimes } from '../compile/condition-keeper.ts';
import type { Policy } from '../policy/policy.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { ServedCluster } from './serve-cluster.ts';
import type { ServeOptions } from './serve-options.ts';
import { UsageError } from './usage-error.ts';

/** The policy that is in force, which is the one that was read last unless it has to wait for the matchConditions. */
export interface PolicyInForce {
  /** Resolves when there is one. */
  readonly started: Promise<void>;
  readonly current: () => Policy;
  /** Why there is none yet. */
  readonly problems: () => readonly string[];
  /** What is amiss though there is one. */
  readonly notes: () => readonly string[];
  /** Another policy was read. */
  readonly policyChanged: () => void;
  readonly stop: () => Promise<void>;
}

export interface PolicyInForceContext {
  readonly cluster: ServedCluster | undefined;
  /** The policy that was read last. */
  readonly read: () => Policy;
  /** Told after another policy is in force. */
  readonly onChanged: () => void;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly times?: KeeperTimes;
}

/** @throws {UsageError} where the conditions are to be both written and only checked */
export function refuseBothConditionFlags({ writeConditions, checkConditions }: ServeOptions): void {
  if (!writeConditions || !checkConditions) return;
  throw new UsageError('--write-conditions checks the conditions too: leave --check-conditions out');
}

/** The policy that was read, at once, or with --write-conditions as soon as the cluster's matchConditions are wide enough for it. */
export async function openPolicyInForce(
  options: Pick<ServeOptions, 'writeConditions' | 'conditionsLease'>,
  { cluster, read, onChanged, log, metrics, times }: PolicyInForceContext,
): Promise<PolicyInForce> {
  if (!options.writeConditions) return atOnce(read, onChanged);
  if (cluster === undefined) throw new Error('written conditions without a cluster: a bug of Seawall');
  // Loaded only here: most of the commands write none.
  const { startConditionKeeper } = await import('../compile/condition-keeper.ts');
  void tellUnserved(cluster.client, log);
  const keeper = startConditionKeeper({
    client: cluster.client,
    namespace: await cluster.namespace(),
    lease: options.conditionsLease,
    replica: randomBytes(8).toString('hex'),
    wanted: read,
    onInForce: onChanged,
    log,
    metrics,
    monotonicMs: () => performance.now(),
    ...(times === undefined ? {} : { times }),
  });
  return { ...keeper, started: keeper.started, current: () => keeper.inForce(), stop: keeper.stop };
}

function atOnce(read: () => Policy, onChanged: () => void): PolicyInForce {
  return {
    started: Promise.resolve(),
    current: read,
    problems: () => [],
    notes: () => [],
    policyChanged: onChanged,
    stop: () => Promise.resolve(),
  };
}

const group = '/apis/admissionregistration.k8s.io/v1';
const forms = [
  ['validatingadmissionpolicies', 'ValidatingAdmissionPolicy', '1.30'],
  ['mutatingadmissionpolicies', 'MutatingAdmissionPolicy', '1.36'],
] as const;

/** Says which of the compiled forms the API server does not know: what they would do is left to the webhook. */
export async function tellUnserved(
  client: Pick<ApiClient, 'request'>,
  log: Pick<Log, 'info' | 'debug'>,
): Promise<void> {
  try {
    const { body } = await client.request('GET', group);
    const served = new Set(asList(body['resources']).map((each) => asString(asObject(each)['name'])));
    for (const [resource, kind, since] of forms) {
      if (served.has(resource)) continue;
      log.info({ kind, since }, 'the API server does not serve this kind: what it would decide is left to the webhook');
    }
  } catch (error) {
    log.debug({ reason: reasonOf(error) }, 'the kinds of the API server could not be read');
  }
}
