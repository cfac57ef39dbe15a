import type { Finding, JsonObject } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import type { FindingDetail, OwnerReference } from '../report/report.ts';
import type { Contribution } from './contribution.ts';
import { podContribution, workloadContribution } from './contribution.ts';
import { liveDetailOf } from './live-detail.ts';
import { ownerKey, Owners } from './owners.ts';

/** One thing that was found at one owner, in any number of its pods. */
export interface LedgerEntry {
  readonly finding: Finding;
  readonly image: string;
  readonly exemption: string | undefined;
  /** 1 for the first of its like in an object, 2 for the second. */
  readonly number: number;
  /** The first names of the pods that it was seen in, and how many these are. */
  readonly names: readonly string[];
  readonly pods: number;
  /** Whether something that runs, or will, has it. */
  readonly lives: boolean;
  /** Of the first object that it was seen in; only where it is wanted. */
  readonly detail?: FindingDetail | undefined;
}

/** Everything that was found of one root owner. */
export interface OwnerRecord {
  readonly owner: OwnerReference;
  /** Of the owner, as `ownerKey` has it. */
  readonly key: string;
  readonly entries: readonly LedgerEntry[];
  /** Its pods that run and would be refused; those that a repair at admission would save are counted in the second only. */
  readonly refusedPods: number;
  readonly unrepairedPods: number;
  /** What the findings to refuse of its pods and templates rest on, the first few. */
  readonly images: ReadonlySet<string>;
  readonly serviceAccounts: ReadonlySet<string>;
}

/** Pods of one finding that are named; the rest is counted. */
const maxNames = 10;
const maxImages = 100;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Entry = Mutable<Omit<LedgerEntry, 'names'>> & { readonly names: string[] };

/** What was found at one object that nobody is asked about yet who controls it. */
class Group {
  readonly entries = new Map<string, Entry>();
  readonly images = new Set<string>();
  readonly serviceAccounts = new Set<string>();
  refusedPods = 0;
  unrepairedPods = 0;

  /** Adds what one object has, or many that are alike; `pods` is how many of them are pods, and `names` are the first. */
  add(
    contribution: Contribution,
    names: Iterable<string>,
    pods: number,
    detailOf?: (finding: Finding) => FindingDetail | undefined,
  ): void {
    const { found, lives, images, serviceAccounts, refused, unrepaired } = contribution;
    for (const { key, ...told } of found) {
      let entry = this.entries.get(key);
      if (entry === undefined) {
        entry = { ...told, names: [], pods: 0, lives, detail: detailOf?.(told.finding) };
        this.entries.set(key, entry);
      }
      entry.lives ||= lives;
      entry.pods += pods;
      for (const name of names) {
        if (entry.names.length >= maxNames) break;
        entry.names.push(name);
      }
    }
    if (refused) this.refusedPods += pods;
    if (unrepaired) this.unrepairedPods += pods;
    for (const image of images) addCapped(this.images, image);
    for (const account of serviceAccounts) addCapped(this.serviceAccounts, account);
  }

  /** Adds all that another has; what stands in a template of the owner itself goes before what a pod has. */
  merge(other: Group, owner: OwnerReference): void {
    for (const [key, entry] of other.entries) {
      const known = this.entries.get(key);
      if (known === undefined) this.entries.set(key, entry);
      else this.entries.set(key, merged(known, entry, owner));
    }
    for (const image of other.images) addCapped(this.images, image);
    for (const account of other.serviceAccounts) addCapped(this.serviceAccounts, account);
    this.refusedPods += other.refusedPods;
    this.unrepairedPods += other.unrepairedPods;
  }
}

export interface ScanLedgerOptions {
  /** The objects that may own pods, where they are known already. */
  readonly owners?: Owners;
  /** Whether somebody reads how each finding is mended. */
  readonly detail?: boolean;
}

/** Findings with a detail: each keeps some lines of its object. */
const maxDetailed = 5_000;

/**
 * What a scan has found, by owner. Its memory grows with owners and with what is found, not with pods: of a pod that has an
 * owner, no more is kept than what no pod of that owner had before.
 *
 * A pod is judged each time, though its like was judged before: to tell by a hash that two pods are alike costs more than to
 * judge both.
 */
export class ScanLedger {
  readonly #policy: Policy;
  readonly #nowMs: number;
  readonly #owners: Owners;
  readonly #groups = new Map<string, { readonly owner: OwnerReference; readonly group: Group | undefined }>();
  #pods = 0;
  #templates = 0;
  #cleanBarePods = 0;

  /** Findings that still get a detail; undefined where none is wanted. */
  #detailed: number | undefined;

  constructor(policy: Policy, nowMs: number, { owners = new Owners(), detail = false }: ScanLedgerOptions = {}) {
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#owners = owners;
    this.#detailed = detail ? maxDetailed : undefined;
  }

  get pods(): number {
    return this.#pods;
  }

  get templates(): number {
    return this.#templates;
  }

  /** Pods without an owner that nothing was found of; they are owners of their own, and not among the records. */
  get cleanBarePods(): number {
    return this.#cleanBarePods;
  }

  /** A pod, which runs as it stands here, also where admission had changed it. */
  addPod(pod: JsonObject, namespace: string): void {
    this.#pods += 1;
    const contribution = podContribution(pod, namespace, this.#policy, this.#nowMs);
    if (contribution === undefined) this.#cleanBarePods += 1;
    else this.#add(pod, contribution, [asString(asObject(pod['metadata'])['name'])], 1);
  }

  /** An object that pods are made from, or that controls others. */
  addWorkload(object: JsonObject, apiVersion: string, kind: string, namespace: string): void {
    this.#owners.add(object, apiVersion, kind);
    const contribution = workloadContribution(object, { apiVersion, kind, namespace }, this.#policy, this.#nowMs);
    if (contribution === undefined) return;
    this.#templates += 1;
    this.#add(object, contribution, [], 0);
  }

  /** What an object has that was judged before, or many that are alike: how many of them are pods, and the first names. */
  add(contribution: Contribution, names: Iterable<string>, pods: number): void {
    this.#groupOf(contribution.owner, contribution.found.length > 0)?.add(contribution, names, pods);
  }

  #add(object: JsonObject, contribution: Contribution, names: Iterable<string>, pods: number): void {
    const detailOf = (finding: Finding): FindingDetail | undefined => {
      if (this.#detailed === undefined || this.#detailed === 0) return undefined;
      this.#detailed -= 1;
      return liveDetailOf(object, finding);
    };
    this.#groupOf(contribution.owner, contribution.found.length > 0)?.add(contribution, names, pods, detailOf);
  }

  /** A record for each root owner, clean ones too, in the order in which they were met. */
  records(): OwnerRecord[] {
    const roots = new Map<string, { readonly owner: OwnerReference; readonly group: Group }>();
    for (const { owner, group } of this.#groups.values()) {
      const root = this.#owners.rootOf(owner);
      const key = ownerKey(root);
      const known = roots.get(key) ?? { owner: root, group: new Group() };
      roots.set(key, known);
      if (group !== undefined) known.group.merge(group, root);
    }
    return [...roots].map(([key, { owner, group }]) => ({
      owner,
      key,
      entries: [...group.entries.values()],
      refusedPods: group.refusedPods,
      unrepairedPods: group.unrepairedPods,
      images: group.images,
      serviceAccounts: group.serviceAccounts,
    }));
  }

  /** The group of an owner, which is made where it is wanted; that the owner is there is kept in any case. */
  #groupOf(owner: OwnerReference, wanted: boolean): Group | undefined {
    const key = ownerKey(owner);
    const known = this.#groups.get(key);
    if (known !== undefined && (known.group !== undefined || !wanted)) return known.group;
    const group = wanted ? new Group() : undefined;
    this.#groups.set(key, { owner: known?.owner ?? owner, group });
    return group;
  }
}

function merged(one: Entry, other: Entry, owner: OwnerReference): Entry {
  const isOwn = ({ finding: { object, template } }: Entry): boolean =>
    template && object.kind === owner.kind && object.name === owner.name && object.namespace === owner.namespace;
  const told = isOwn(other) ? other : one;
  return {
    ...told,
    names: [...one.names, ...other.names].slice(0, maxNames),
    pods: one.pods + other.pods,
    lives: one.lives || other.lives,
  };
}

function addCapped(set: Set<string>, value: string): void {
  if (set.size < maxImages) set.add(value);
}
