/* What somebody outside sees of the certificates: one read of everything, without watches. */
import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import { isRenewed, readLease } from '../cluster/lease-record.ts';
import type { LeaseRecord } from '../cluster/lease-record.ts';
import type { Configuration, ConfigurationRef } from './ca-bundle.ts';
import {
  configurationPath,
  configurationTitle,
  readConfiguration,
  trustedByAll,
  webhookConfigurations,
} from './ca-bundle.ts';
import type { ServingNames } from './certificate-facts.ts';
import type { Step } from './rotation.ts';
import { nextStep } from './rotation.ts';
import { rotationTimes } from './rotation-times.ts';
import type { SecretReading } from './secret-contents.ts';
import { readSecret } from './secret-contents.ts';
import { readSecretObject } from './secret-store.ts';

export interface Installation {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly service: string;
  readonly secret: string;
  readonly lease: string;
  readonly names: ServingNames;
}

export interface Leader {
  readonly identity: string;
  /** As it is written: by the clock of the leader. */
  readonly renewTime: string;
  readonly isAlive: boolean;
}

export interface Snapshot {
  readonly secret: { readonly object: JsonObject; readonly reading: SecretReading } | undefined;
  /** Every configuration of manifests/; undefined for one that does not exist. */
  readonly configurations: readonly { readonly ref: ConfigurationRef; readonly found: Configuration | undefined }[];
  /** Undefined where there is no Lease, or nobody holds it. */
  readonly leader: Leader | undefined;
  /** What the leader does next, as far as that can be told from outside. */
  readonly step: Step;
  /** Milliseconds since the epoch by the clock of the API server. */
  readonly nowMs: number;
}

export interface SnapshotClock {
  /** Milliseconds since the epoch by this machine. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** @throws {ApiError} where something cannot be read */
export async function takeSnapshot(installation: Installation, clock: SnapshotClock): Promise<Snapshot> {
  const { client, namespace, service, secret, names } = installation;
  const object = await readSecretObject({ client, namespace, name: secret });
  const configurations = await Promise.all(
    webhookConfigurations.map(async (ref) => {
      const found = await readIfThere(client, configurationPath(ref));
      return { ref, found: found && readConfiguration(found, ref, { namespace, name: service }) };
    }),
  );
  const leader = await findLeader(installation, clock);
  const nowMs = clock.now() + client.clockOffsetMs();
  const reading = object && readSecret(object, names);
  const existing = configurations.flatMap(({ found }) => (found === undefined || found.isBeingDeleted ? [] : [found]));
  const bundles = existing
    .filter(({ webhooks }) => webhooks.length > 0)
    .map((each) => ({
      configuration: configurationTitle(each.ref),
      authorities: trustedByAll(each),
      sinceMs: nowMs,
      failsClosed: each.failsClosed,
    }));
  const trust = reading?.kind === 'read' ? reading.contents : undefined;
  const step = nextStep({ trust, remembered: undefined, bundles, served: undefined, nowMs }, rotationTimes);
  return { secret: object && reading && { object, reading }, configurations, leader, step, nowMs };
}

/** Longer than a leader takes from one renewal to the next. */
const renewalMs = 3_000;

async function findLeader(
  { client, namespace, lease }: Installation,
  clock: SnapshotClock,
): Promise<Leader | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(lease)}`;
  const record = await readRecord(client, path);
  if (record === undefined || record.holder === '') return undefined;
  const { holder: identity, renewTime, durationMs = 0 } = record;
  const ageMs = clock.now() + client.clockOffsetMs() - Date.parse(renewTime);
  if (ageMs >= 0 && ageMs < durationMs) return { identity, renewTime, isAlive: true };
  // The clock of the leader may be wrong: whether it renews is what counts.
  await clock.wait(renewalMs);
  const later = await readRecord(client, path);
  return { identity, renewTime, isAlive: later !== undefined && isRenewed(record, later) };
}

async function readRecord(client: ApiClient, path: string): Promise<LeaseRecord | undefined> {
  const object = await readIfThere(client, path);
  return object && readLease(object).record;
}

async function readIfThere(client: ApiClient, path: string): Promise<JsonObject | undefined> {
  try {
    return (await client.request('GET', path)).body;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not-found') return undefined;
    throw error;
  }
}
