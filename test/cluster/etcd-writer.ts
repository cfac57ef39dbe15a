import type { Fields } from '../support/pods.ts';

/** Objects that go past the API server into its etcd, which it serves and watches as if it had written them. */
export interface StoredObject {
  /** As `pods/shop/web`, below /registry. */
  readonly key: string;
  /** undefined: it is deleted. */
  readonly object: Fields | undefined;
}

/** Less than the 128 operations that etcd takes in one transaction. */
const batch = 100;

/**
 * Writes to etcd by its JSON gateway, in few transactions, the last object in one of its own: all of a transaction have one
 * revision, and the API server's cache counts as that new at the first of them.
 * @throws where etcd does not take one
 */
export async function writeToEtcd(etcdUrl: string, objects: readonly StoredObject[]): Promise<void> {
  const rest = objects.slice(0, -1);
  for (let from = 0; from < rest.length; from += batch) await transact(etcdUrl, rest.slice(from, from + batch));
  await transact(etcdUrl, objects.slice(-1));
}

async function transact(etcdUrl: string, objects: readonly StoredObject[]): Promise<void> {
  const success = objects.map(({ key, object }) => {
    const at = Buffer.from(`/registry/${key}`).toString('base64');
    if (object === undefined) return { requestDeleteRange: { key: at } };
    return { requestPut: { key: at, value: Buffer.from(JSON.stringify(object)).toString('base64') } };
  });
  const response = await fetch(`${etcdUrl}/v3/kv/txn`, { method: 'POST', body: JSON.stringify({ success }) });
  if (!response.ok) throw new Error(`etcd: HTTP ${response.status}: ${await response.text()}`);
}
