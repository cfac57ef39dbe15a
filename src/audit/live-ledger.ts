import { createHash } from 'node:crypto';
import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import type { OwnerReference } from '../report/report.ts';
import type { Contribution } from './contribution.ts';
import { podContribution, workloadContribution } from './contribution.ts';
import { identityOf, ownerKey, Owners } from './owners.ts';
import { ScanLedger } from './scan-ledger.ts';
import type { WorkloadResource } from './workload-resources.ts';
import { apiVersionOf, podResource } from './workload-resources.ts';

export interface LiveLedgerLimits {
  /** Objects that something was found in. @default 500000 */
  readonly objects: number;
  /** Different things that were found: alike pods of one owner are one. @default 100000 */
  readonly kinds: number;
}

const defaultLimits: LiveLedgerLimits = { objects: 500_000, kinds: 100_000 };

/** Everything in which objects of one owner are alike, and which objects these are. */
interface Alike {
  readonly hash: string;
  readonly contribution: Contribution;
  readonly keys: Set<string>;
}

interface Held {
  readonly alike: Alike | undefined;
  /** Who it is, where it may own others. */
  readonly identity: OwnerReference | undefined;
}

/** The objects of one kind; `seen` are those of a list that is being read. */
interface Collection {
  readonly held: Map<string, Held>;
  seen: Set<string> | undefined;
}

/**
 * What is found in a cluster that changes, without its objects: alike pods of an owner are kept as one thing and their
 * names. Clean objects are not kept, only that a workload may own others.
 */
export class LiveLedger {
  readonly #policy: Policy;
  readonly #nowMs: number;
  readonly #limits: LiveLedgerLimits;
  readonly #owners = new Owners();
  readonly #alike = new Map<string, Alike>();
  readonly #collections = new Map<WorkloadResource, Collection>();
  #objects = 0;
  #isFull = false;
  #changes = 0;

  constructor(policy: Policy, nowMs: number, limits: Partial<LiveLedgerLimits> = {}) {
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Whether something found no room; it is missing in every ledger then. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Grows with each change of what is found; that an object has changed in other things is none. */
  get changes(): number {
    return this.#changes;
  }

  beginList(resource: WorkloadResource): void {
    this.#of(resource).seen = new Set();
  }

  /** Lets go of what the list did not have. */
  endList(resource: WorkloadResource): void {
    const collection = this.#of(resource);
    const { seen } = collection;
    collection.seen = undefined;
    if (seen === undefined) return;
    for (const [key, held] of collection.held) {
      if (!seen.has(key)) this.#replace(collection, key, held, undefined);
    }
  }

  put(resource: WorkloadResource, object: JsonObject): void {
    const collection = this.#of(resource);
    const key = keyOf(object);
    const before = collection.held.get(key);
    collection.seen?.add(key);
    const isPod = resource === podResource;
    const apiVersion = apiVersionOf(resource);
    const namespace = asString(asObject(object['metadata'])['namespace']);
    const identity = isPod ? undefined : this.#putOwner(object, apiVersion, resource.kind, before?.identity);
    const contribution = isPod
      ? podContribution(object, namespace, this.#policy, this.#nowMs)
      : workloadContribution(object, { apiVersion, kind: resource.kind, namespace }, this.#policy, this.#nowMs);
    const alike = contribution === undefined || contribution.found.length === 0 ? undefined : this.#like(contribution);
    if (alike === undefined && identity === undefined) this.#replace(collection, key, before, undefined);
    else this.#replace(collection, key, before, { alike, identity });
  }

  remove(resource: WorkloadResource, object: JsonObject): void {
    const collection = this.#of(resource);
    const key = keyOf(object);
    const held = collection.held.get(key);
    if (held !== undefined) this.#replace(collection, key, held, undefined);
  }

  /** All that is found now, as a scan would have it. */
  ledger(): ScanLedger {
    const ledger = new ScanLedger(this.#policy, this.#nowMs, { owners: this.#owners });
    for (const { contribution, keys } of this.#alike.values()) {
      const isPods = this.#isOfPods(contribution);
      ledger.add(contribution, isPods ? firstNames(keys) : [], isPods ? keys.size : 0);
    }
    return ledger;
  }

  #isOfPods({ found: [first] }: Contribution): boolean {
    return first?.finding.object.kind === podResource.kind && first.finding.object.apiVersion === 'v1';
  }

  #putOwner(object: JsonObject, apiVersion: string, kind: string, before: OwnerReference | undefined): OwnerReference {
    const identity = identityOf(object, apiVersion, kind);
    // A namesake that was made between two looks at a list.
    if (before !== undefined && before.uid !== identity.uid) this.#owners.remove(before);
    // What was found of a pod may be of another owner now.
    if (this.#owners.add(object, apiVersion, kind)) this.#changes += 1;
    return identity;
  }

  #of(resource: WorkloadResource): Collection {
    const known = this.#collections.get(resource) ?? { held: new Map<string, Held>(), seen: undefined };
    this.#collections.set(resource, known);
    return known;
  }

  /** What is kept of all that is alike; undefined where there is no room for one more. */
  #like(contribution: Contribution): Alike | undefined {
    const hash = hashOf(contribution);
    const known = this.#alike.get(hash);
    if (known !== undefined) return known;
    if (this.#alike.size >= this.#limits.kinds) {
      this.#isFull = true;
      return undefined;
    }
    const alike = { hash, contribution, keys: new Set<string>() };
    this.#alike.set(hash, alike);
    return alike;
  }

  #replace(collection: Collection, key: string, before: Held | undefined, after: Held | undefined): void {
    if (after === undefined) {
      collection.held.delete(key);
      if (before?.identity !== undefined) {
        this.#owners.remove(before.identity);
        this.#changes += 1;
      }
    } else if (before === undefined && this.#objects >= this.#limits.objects) {
      this.#isFull = true;
      if (after.alike?.keys.size === 0) this.#alike.delete(after.alike.hash);
      return;
    } else collection.held.set(key, after);
    this.#objects += Number(after !== undefined) - Number(before !== undefined);
    if (before?.alike === after?.alike) return;
    this.#changes += 1;
    after?.alike?.keys.add(key);
    if (before?.alike === undefined) return;
    before.alike.keys.delete(key);
    if (before.alike.keys.size === 0) this.#alike.delete(before.alike.hash);
  }
}

/** More than a report names of one finding. */
const maxNames = 10;

function firstNames(keys: ReadonlySet<string>): string[] {
  const names: string[] = [];
  for (const key of keys) {
    if (names.length === maxNames) break;
    names.push(key.slice(key.indexOf('/') + 1));
  }
  return names;
}

/** Neither part can hold a slash. */
function keyOf(object: JsonObject): string {
  const { namespace, name } = asObject(object['metadata']);
  return `${asString(namespace)}/${asString(name)}`;
}

/** Of everything in a contribution but the name of the object, which alike pods do not share. */
function hashOf({ owner, found, ...others }: Contribution): string {
  const told = found.map(({ finding, ...each }) => [each, { ...finding, object: undefined }]);
  const { kind, apiVersion, namespace } = found[0]?.finding.object ?? owner;
  const text = JSON.stringify([ownerKey(owner), owner.apiVersion, kind, apiVersion, namespace, others, told]);
  return createHash('sha256').update(text).digest('base64');
}
