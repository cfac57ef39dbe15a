import { asList, asObject, asString } from '../policy/json.ts';
import type { JsonObject } from '../policy/finding.ts';
import type { OwnerReference } from '../report/report.ts';

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
    return {
      apiVersion: asString(apiVersion),
      kind: asString(kind),
      namespace: isOfCluster(asString(apiVersion), asString(kind)) ? '' : asString(metadata['namespace']),
      name: asString(name),
      uid: asString(uid),
    };
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

/** Longer than any chain that controllers make; references that go in a circle are written by hand. */
const maxSteps = 16;

/** The objects that may own pods, and who controls them. */
export class Owners {
  readonly #known = new Map<string, Known>();

  add(object: JsonObject, apiVersion: string, kind: string): void {
    const identity = identityOf(object, apiVersion, kind);
    this.#known.set(ownerKey(identity), { identity, controller: controllerOf(object) });
  }

  /** The object at the upper end of the chain of controllers; a kind that is not listed ends it, and is named. */
  rootOf(start: OwnerReference): OwnerReference {
    let current = start;
    for (let steps = 0; steps < maxSteps; steps += 1) {
      const known = this.#known.get(ownerKey(current)) ?? this.#known.get(ownerKey({ ...current, namespace: '' }));
      if (known === undefined) return current;
      if (known.controller === undefined) return known.identity;
      current = known.controller;
    }
    return current;
  }
}
