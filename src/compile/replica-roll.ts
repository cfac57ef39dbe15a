import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import { asList, asObject, asString } from '../policy/json.ts';

/*
 * Who runs which conditions: each replica of Seawall writes its own annotation of one Lease, by a merge patch that touches nothing
 * else, and reads the others' from the answer. A replica counts as alive while its annotation changes, by the reader's own
 * clock, as the leader of a Lease does: clocks may differ.
 */

export interface RollOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly namespace: string;
  /** Of the Lease, which is made where it does not exist. */
  readonly lease: string;
  /** Of this process and no other: letters, digits and `-`, at most 60. */
  readonly replica: string;
  /** Milliseconds without a change after which a replica is not counted any more. */
  readonly aliveMs: number;
  readonly monotonicMs: () => number;
}

/** The roll of replicas. */
export interface ReplicaRoll {
  /**
   * Tells the others which conditions this replica may run.
   * @returns the fingerprints that each of the others may run
   * @throws {ApiError}
   */
  readonly announce: (fingerprints: readonly string[]) => Promise<readonly (readonly string[])[]>;
  /** Strikes this replica off. @throws {ApiError} */
  readonly leave: () => Promise<void>;
}

const prefix = 'replica.seawall.dev/';
/** A Deployment has a few replicas; each that crashes leaves an entry for a while. */
const maxEntries = 256;
const maxEntryLength = 512;

export function openReplicaRoll({ client, namespace, lease, replica, aliveMs, monotonicMs }: RollOptions): ReplicaRoll {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const seen = new Map<string, { readonly text: string; readonly atMs: number }>();
  let beat = 0;

  const patch = async (annotations: Readonly<Record<string, string | null>>): Promise<JsonObject> => {
    const { body } = await client.request('PATCH', `${collection}/${lease}`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations } },
    });
    return body;
  };
  const write = async (text: string): Promise<JsonObject> => {
    const annotations = { [prefix + replica]: text };
    try {
      return await patch(annotations);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'not-found')) throw error;
    }
    try {
      const metadata = { namespace, name: lease, annotations };
      const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: {} };
      return (await client.request('POST', collection, { body })).body;
    } catch (error) {
      // Another replica has made it meanwhile.
      if (error instanceof ApiError && error.code === 'conflict') return patch(annotations);
      throw error;
    }
  };
  /** Those that have not changed for so long; what is new is alive. */
  const isAlive = (key: string, text: string): boolean => {
    const known = seen.get(key);
    if (known?.text === text) return monotonicMs() - known.atMs < aliveMs;
    seen.set(key, { text, atMs: monotonicMs() });
    return true;
  };

  return {
    announce: async (fingerprints) => {
      beat += 1;
      const lease = await write(JSON.stringify({ beat, runs: fingerprints }));
      const entries = Object.entries(asObject(asObject(lease['metadata'])['annotations']));
      const others = entries.filter(([key]) => key.startsWith(prefix) && key !== prefix + replica);
      const kept = new Set(others.map(([key]) => key));
      for (const key of seen.keys()) if (!kept.has(key)) seen.delete(key);
      // Too many to be told: nobody agrees with that.
      if (others.length > maxEntries) return [[]];
      const dead = others.filter(([key, text]) => !isAlive(key, asString(text)));
      if (dead.length > 0) await patch(Object.fromEntries(dead.map(([key]) => [key, null])));
      return others.filter((each) => !dead.includes(each)).map(([, text]) => fingerprintsOf(asString(text)));
    },
    leave: async () => {
      await patch({ [prefix + replica]: null });
    },
  };
}

/** None where the entry cannot be read: such a replica agrees with nobody. */
function fingerprintsOf(text: string): readonly string[] {
  if (text.length > maxEntryLength) return [];
  try {
    return asList(asObject(JSON.parse(text) as unknown)['runs']).map(asString);
  } catch {
    return [];
  }
}
