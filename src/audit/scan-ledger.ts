import type { ObjectVerdict } from '../policy/evaluate.ts';
import { judgeObject } from '../policy/evaluate.ts';
import type { Finding, JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, valueAt } from '../policy/json.ts';
import { containerLists } from '../policy/pod-spec.ts';
import type { PlacedObject } from '../policy/pod-views.ts';
import type { Policy } from '../policy/policy.ts';
import type { OwnerReference } from '../report/report.ts';
import { isMirrorPod, isRunning, makesPods, templateSpec } from './life.ts';
import { controllerOf, identityOf, ownerKey, Owners } from './owners.ts';

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
}

/** Everything that was found of one root owner. */
export interface OwnerRecord {
  readonly owner: OwnerReference;
  readonly entries: readonly LedgerEntry[];
  /** Its pods that run and would be refused; those that a repair at admission would save are counted in the second only. */
  readonly refusedPods: number;
  readonly unrepairedPods: number;
  /** Images and accounts of its pods that have a finding to refuse, the first few. */
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
  readonly #owners = new Owners();
  readonly #groups = new Map<string, { readonly owner: OwnerReference; readonly group: Group | undefined }>();
  #pods = 0;
  #templates = 0;
  #cleanBarePods = 0;

  constructor(policy: Policy, nowMs: number) {
    this.#policy = policy;
    this.#nowMs = nowMs;
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
    const placed: PlacedObject = { value: pod, apiVersion: 'v1', kind: 'Pod', path: [] };
    const verdict = judgeObject(placed, this.#policy, this.#nowMs, { namespace });
    const controller = controllerOf(pod);
    const isClean = verdict.findings.length === 0 && verdict.exempted.length === 0;
    if (isClean && controller === undefined) {
      this.#cleanBarePods += 1;
      return;
    }
    const owner = controller ?? identityOf(pod, 'v1', 'Pod');
    const group = this.#groupOf(owner, !isClean);
    if (group === undefined) return;
    const runs = isRunning(pod) && !isMirrorPod(pod, controller);
    add(group, pod, verdict, asString(asObject(pod['metadata'])['name']), runs);
    if (!runs) return;
    const refused = verdict.findings.filter(({ action }) => action === 'deny');
    if (refused.length === 0) return;
    group.unrepairedPods += 1;
    if (refused.some(({ repairable }) => !repairable)) group.refusedPods += 1;
    noteContainers(group, asObject(pod['spec']), namespace);
  }

  /** An object that pods are made from, or that controls others. */
  addWorkload(object: JsonObject, apiVersion: string, kind: string, namespace: string): void {
    this.#owners.add(object, apiVersion, kind);
    const controller = controllerOf(object);
    // An old revision: kept to go back to, and all that it makes would come from the template of its owner.
    if (controller !== undefined && asObject(object['spec'])['replicas'] === 0) return;
    this.#templates += 1;
    const placed: PlacedObject = { value: object, apiVersion, kind, path: [] };
    const verdict = judgeObject(placed, this.#policy, this.#nowMs, { namespace });
    const isClean = verdict.findings.length === 0 && verdict.exempted.length === 0;
    const group = this.#groupOf(identityOf(object, apiVersion, kind), !isClean);
    if (group === undefined) return;
    const lives = makesPods(object, kind);
    add(group, object, verdict, undefined, lives);
    if (!lives) return;
    for (const { action, containerPath } of verdict.findings) {
      if (action !== 'deny') continue;
      const spec = containerPath === undefined ? undefined : valueAt(object, containerPath.slice(0, -2));
      noteContainers(group, asObject(spec ?? templateSpec(object)), namespace);
    }
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
    return [...roots.values()].map(({ owner, group }) => ({
      owner,
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

/** Adds what one object has; `pod` is its name where it is one. */
function add(group: Group, object: JsonObject, verdict: ObjectVerdict, pod: string | undefined, lives: boolean): void {
  const numbers = new Map<string, number>();
  const one = (finding: Finding, exemption: string | undefined): void => {
    const { rule, container = '', subject, message } = finding;
    const like = [exemption ?? '', rule, container, subject ?? message].join('\0');
    const number = (numbers.get(like) ?? 0) + 1;
    numbers.set(like, number);
    const key = number === 1 ? like : `${like}\0${number}`;
    let entry = group.entries.get(key);
    if (entry === undefined) {
      entry = { finding, image: imageOf(object, finding), exemption, number, names: [], pods: 0, lives };
      group.entries.set(key, entry);
    }
    entry.lives ||= lives;
    if (pod === undefined) return;
    entry.pods += 1;
    if (entry.names.length < maxNames) entry.names.push(pod);
  };
  for (const finding of verdict.findings) one(finding, undefined);
  for (const { finding, exemption } of verdict.exempted) one(finding, exemption);
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

function imageOf(object: JsonObject, { containerPath }: Finding): string {
  return containerPath === undefined ? '' : asString(valueAt(object, [...containerPath, 'image']));
}

function noteContainers(group: Group, spec: JsonObject, namespace: string): void {
  for (const list of containerLists) {
    for (const container of asList(spec[list])) addCapped(group.images, asString(asObject(container)['image']));
  }
  addCapped(group.serviceAccounts, `${namespace}/${asString(spec['serviceAccountName']) || 'default'}`);
}

function addCapped(set: Set<string>, value: string): void {
  if (value !== '' && set.size < maxImages) set.add(value);
}
