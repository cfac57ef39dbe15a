import { asList, asObject, asString } from '../policy/json.ts';
import type { JsonObject } from '../policy/finding.ts';
import type { OwnerReference } from '../report/report.ts';

/** What the API server takes as a name, a kind, an apiVersion and a uid; a reference with more leads to no object. */
const maxLengths = { name: 253, kind: 63, apiVersion: 317, uid: 128 } as const;

/**
 * The controller of an object, as its owner references name it; undefined where it has none. References carry no
 * namespace: an owner is in that of its dependent, or in none.
 * Source: k8s.io/apimachinery pkg/apis/meta/v1 (OwnerReference, GetControllerOf).
 */
export function controllerOf(object: JsonObject): OwnerReference | undefined {
  const metadata = asObject(object['metadata']);
  for (const entry of asList(metadata['ownerReferences'])) {
    const { controller, apiVersion, kind, name, uid } = asObject(entry);
    if (controller !== true) continue;
    const named = { apiVersion: asString(apiVersion), kind: asString(kind), name: asString(name), uid: asString(uid) };
    // Whoever writes a pod writes its references, and the API server does not bound them.
    if ((['apiVersion', 'kind', 'name', 'uid'] as const).some((key) => named[key].length > maxLengths[key])) continue;
    const namespace = isOfCluster(named.apiVersion, named.kind) ? '' : asString(metadata['namespace']);
    return { ...named, namespace };
  }
  return undefined;
}

/** The owner of mirror pods, and the one built-in kind without a namespace that owns pods. */
function isOfCluster(apiVersion: string, kind: string): boolean {
  return kind === 'Node' && apiVersion === 'v1';
}

/** The identity of an object that was listed. */
export function identityOf(object: JsonObject, apiVersion: string, kind: string): OwnerReference {
  const { namespace, name, uid } = asObject(object['metadata']);
  return {
    apiVersion,
    kind,
    namespace: asString(namespace),
    name: asString(name),
    ...(typeof uid === 'string' && { uid }),
  };
}

export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/**
 * What tells one owner from every other, in whichever version it is named: by name and uid, since whoever writes a pod writes
 * its references too, and one to the uid of another object under a name of his own must not lead there.
 */
export function ownerKey({ apiVersion, kind, namespace, name, uid = '' }: OwnerReference): string {
  return [groupOf(apiVersion), kind, namespace, name, uid].join('\0');
}

interface Known {
  readonly identity: OwnerReference;
  readonly controller: OwnerReference | undefined;
}

function isSame(one: OwnerReference | undefined, other: OwnerReference | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return ownerKey(one) === ownerKey(other);
}

/** Longer than any chain that controllers make; references that go in a circle are written by hand. */
const maxSteps = 16;

/** The objects that may own pods, and who controls them. */
export class Owners {
  readonly #known = new Map<string, Known>();
  /** Whether any that was ever known is in no namespace; hardly a cluster has one. */
  #hasClusterWide = false;

  /** @returns whether it is new, or has another controller than before */
  add(object: JsonObject, apiVersion: string, kind: string): boolean {
    const identity = identityOf(object, apiVersion, kind);
    const controller = controllerOf(object);
    const key = ownerKey(identity);
    const known = this.#known.get(key);
    if (known !== undefined && isSame(known.controller, controller)) return false;
    this.#known.set(key, { identity, controller });
    this.#hasClusterWide ||= identity.namespace === '';
    return true;
  }

  remove(identity: OwnerReference): void {
    this.#known.delete(ownerKey(identity));
  }

  /** The object at the upper end of the chain of controllers; a kind that is not listed ends it, and is named. */
  rootOf(start: OwnerReference): OwnerReference {
    let current = start;
    for (let steps = 0; steps < maxSteps; steps += 1) {
      const known = this.#known.get(ownerKey(current)) ?? this.#clusterWide(current);
      if (known === undefined) return current;
      if (known.controller === undefined) return known.identity;
      current = known.controller;
    }
    return current;
  }

  /** References carry no namespace: what was taken for an owner beside its dependent may be one of the whole cluster. */
  #clusterWide(reference: OwnerReference): Known | undefined {
    return this.#hasClusterWide ? this.#known.get(ownerKey({ ...reference, namespace: '' })) : undefined;
  }
}
