import { controllerOf, groupOf, identityOf } from '../audit/owners.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import type { OwnerReference } from '../report/report.ts';
import type { ClusterLook } from './cluster-look.ts';
import type { Kinds } from './kinds.ts';
import { isName, objectPath, resourceName } from './kinds.ts';

/** One step up from a pod. */
export interface OwnerLink {
  readonly reference: OwnerReference;
  /**
   * `found`: it is there. `gone`: it is not, or another of its name is. `not served`: the API server knows no such kind.
   * `unseen`: it could not be read.
   */
  readonly state: 'found' | 'gone' | 'not served' | 'unseen';
  readonly object?: JsonObject;
}

/** Longer than any chain that controllers make; references that go in a circle are written by hand. */
const maxSteps = 16;

/** The controllers of an object, the nearest first, as far as they can be followed. */
export async function ownerChain(object: JsonObject, kinds: Kinds, look: ClusterLook): Promise<OwnerLink[]> {
  const links: OwnerLink[] = [];
  let reference = controllerOf(object);
  while (reference !== undefined && links.length < maxSteps) {
    const link = await follow(reference, kinds, look);
    links.push(link);
    reference = link.object === undefined ? undefined : controllerOf(link.object);
  }
  return links;
}

async function follow(reference: OwnerReference, kinds: Kinds, look: ClusterLook): Promise<OwnerLink> {
  const { apiVersion, kind, namespace, name, uid } = reference;
  const served = isName(name) ? await kinds.ofReference(apiVersion, kind) : undefined;
  if (served === undefined) return { reference, state: 'not served' };
  const where = served.namespaced ? ` in namespace ${namespace}` : '';
  const seen = await look.get(objectPath(served, namespace, name), {
    right: `get ${resourceName(served)}${where}`,
    unknown: `what ${kind} ${name} is, and who controls it`,
  });
  if (seen.state !== 'found') return { reference, state: seen.state };
  // Another of the same name has another uid: whoever writes a pod writes its references too.
  if (asObject(seen.object['metadata'])['uid'] !== uid) return { reference, state: 'gone' };
  return { reference, state: 'found', object: { apiVersion, kind, ...seen.object } };
}

/** The upper end of a chain, or the object itself where nothing controls it. */
export function rootOf(object: JsonObject, chain: readonly OwnerLink[], self: OwnerReference): OwnerLink {
  return chain.at(-1) ?? { reference: self, state: 'found', object };
}

/** The identity of a pod. */
export function podIdentity(pod: JsonObject): OwnerReference {
  return identityOf(pod, 'v1', 'Pod');
}

/** Whether two references are of the same object, whichever version they name. */
export function isSameOwner(one: OwnerReference, other: OwnerReference): boolean {
  return groupOf(one.apiVersion) === groupOf(other.apiVersion) && one.kind === other.kind && one.uid === other.uid;
}
