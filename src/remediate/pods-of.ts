import { makesPods } from '../audit/life.ts';
import { controllerOf } from '../audit/owners.ts';
import type { ApiClient } from '../cluster/api.ts';
import { listPages } from '../cluster/list.ts';
import type { JsonObject, ObjectReference } from '../policy/finding.ts';
import type { KnownKind } from './kinds.ts';
import { collectionPath, knownKind, referenceOf, uidOf } from './kinds.ts';

/** What a root owner has made. */
export interface Offspring {
  readonly pods: readonly JsonObject[];
  /** Those of a CronJob that have not ended. */
  readonly jobs: readonly JsonObject[];
}

/** The kind that stands between a root and its pods. */
const between: ReadonlyMap<string, Pick<ObjectReference, 'apiVersion' | 'kind'>> = new Map([
  ['Deployment', { apiVersion: 'apps/v1', kind: 'ReplicaSet' }],
  ['CronJob', { apiVersion: 'batch/v1', kind: 'Job' }],
]);

/**
 * The pods of a root, by their chain of controllers and not by labels, which anyone may change.
 * @throws {ApiError} where they cannot be listed
 */
export async function podsOf(
  client: Pick<ApiClient, 'request'>,
  root: JsonObject,
  kind: KnownKind,
  signal?: AbortSignal,
): Promise<Offspring> {
  const { namespace } = referenceOf(root, kind);
  const owners = new Set([uidOf(root)]);
  const middle = between.get(kind.kind);
  const middleKind = middle === undefined ? undefined : knownKind(middle);
  const children = middleKind === undefined ? [] : await controlledBy(client, middleKind, namespace, owners, signal);
  for (const child of children) owners.add(uidOf(child));
  const podKind = knownKind({ apiVersion: 'v1', kind: 'Pod' });
  const pods = podKind === undefined ? [] : await controlledBy(client, podKind, namespace, owners, signal);
  return {
    pods,
    jobs: kind.kind === 'CronJob' ? children.filter((job) => makesPods(job, 'Job')) : [],
  };
}

/** Objects of a namespace whose controller is one of these, or that are one of them. */
async function controlledBy(
  client: Pick<ApiClient, 'request'>,
  kind: KnownKind,
  namespace: string,
  owners: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  const options = signal === undefined ? {} : { signal };
  for await (const { items } of listPages(client, collectionPath(kind, namespace), {
    patienceMs: 20_000,
    ...options,
  })) {
    for (const item of items) {
      const owner = controllerOf(item)?.uid;
      const isOf = (owner !== undefined && owners.has(owner)) || owners.has(uidOf(item));
      if (isOf) found.push({ apiVersion: kind.apiVersion, kind: kind.kind, ...item });
    }
  }
  return found;
}
