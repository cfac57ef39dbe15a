import type { Holder } from './holders.ts';
import type { NamedStep } from './role-powers.ts';
import type { Scopes } from './scopes.ts';
import { addAll, isEmpty, isWithin } from './scopes.ts';

/** How one account comes by the rights of another. */
export type StepKind = 'any-account' | 'pods' | 'everything' | 'any-user' | 'any-group' | NamedStep['how'];

/** One step of a chain: from a holder, in a namespace or the cluster (''), to the next one. */
export interface Step {
  readonly from: Holder;
  readonly how: StepKind;
  readonly namespace: string;
  readonly to: Holder;
}

/** A launch path that is reached over other accounts. */
export interface Reached {
  /** Where, beyond what the subject holds by itself. */
  readonly scopes: Uint32Array;
  /** A shortest chain. */
  readonly chain: readonly Step[];
  /** Other accounts that bring the path into more scopes. */
  readonly more: number;
}

const maxDepth = 4;

/** What the search asks of the whole. */
export interface AccountGraph {
  readonly scopes: Scopes;
  readonly pathCount: number;
  /** The holders that any ServiceAccount of a namespace brings: the accounts and their groups. */
  accountsOf(namespace: string): Accounts;
  /** Those of the accounts that pods of a namespace run as. */
  podAccountsOf(namespace: string): readonly Holder[];
  readonly users: readonly Holder[];
  readonly groups: readonly Holder[];
  named(step: NamedStep & { readonly namespace: string }): readonly Holder[];
  everythingIn(namespace: string): Holder;
}

/** Some holders, and what they have together: where that is nothing new, none of them is looked at. */
export interface Accounts {
  readonly holders: readonly Holder[];
  readonly together: Gains;
}

/** What a holder, or several, can bring. */
export type Gains = Pick<Holder, 'paths' | 'filled' | 'anyAccount' | 'pods' | 'everything' | 'anyUser' | 'anyGroup'> & {
  readonly named: { readonly length: number };
};

interface Visit {
  readonly holder: Holder;
  readonly depth: number;
  readonly before: Visit | undefined;
  readonly how: StepKind;
  readonly namespace: string;
  /** The steps that lead here, once somebody asked. */
  steps?: readonly Step[];
}

/**
 * All that is reached from some holders (an account and its groups) in at most four steps, breadth first, so that the first
 * chain to a path in a scope is a shortest one.
 * @param namespace - keep the chains to this one only
 */
export function reachFrom(
  graph: AccountGraph,
  start: readonly Holder[],
  namespace?: string,
): ReadonlyMap<number, Reached> {
  return new Search(graph, namespace).run(start);
}

type Mutable = Reached & { readonly first: Visit; more: number };

class Search {
  readonly #graph: AccountGraph;
  /** The namespace that is asked about, as bits. */
  readonly #mask: Uint32Array | undefined;
  readonly #words: number;
  readonly #visited = new Set<Holder>();
  readonly #have: Uint32Array;
  readonly #anyAccount: Uint32Array;
  readonly #pods: Uint32Array;
  readonly #everything: Uint32Array;
  #users = false;
  #groups = false;
  readonly #found = new Map<number, Mutable>();

  constructor(graph: AccountGraph, only: string | undefined) {
    this.#graph = graph;
    this.#words = graph.scopes.words;
    this.#mask = only === undefined ? undefined : new Uint32Array(this.#words);
    if (this.#mask !== undefined && only !== undefined) graph.scopes.add(this.#mask, 0, only);
    this.#have = new Uint32Array(graph.pathCount * this.#words);
    this.#anyAccount = new Uint32Array(this.#words);
    this.#pods = new Uint32Array(this.#words);
    this.#everything = new Uint32Array(this.#words);
  }

  run(start: readonly Holder[]): ReadonlyMap<number, Reached> {
    let round: Visit[] = start.map((holder) => ({ holder, depth: 0, before: undefined, how: 'pods', namespace: '' }));
    for (const { holder } of round) {
      this.#visited.add(holder);
      addAll(this.#have, holder.paths);
    }
    while (round.length > 0) {
      const next: Visit[] = [];
      for (const visit of round) if (visit.depth < maxDepth) this.#from(visit, next);
      round = next;
    }
    return this.#found;
  }

  #from(visit: Visit, next: Visit[]): void {
    const { holder } = visit;
    const graph = this.#graph;
    const to = (how: StepKind, namespace: string, targets: readonly Holder[]): void => {
      for (const target of targets) this.#visit(visit, how, namespace, target, next);
    };
    // A group alone cannot be impersonated: the request names a user too.
    const asUser =
      holder.anyUser || holder.named.some(({ how }) => how === 'impersonateUser') || !isNone(holder.anyAccount);
    for (const step of holder.named) {
      if (asUser || step.how !== 'impersonateGroup') to(step.how, step.namespace, graph.named(step));
    }
    if (graph.scopes.has(holder.everything, 0, '')) to('everything', '', [graph.everythingIn('')]);
    for (const namespace of this.#fresh(holder.everything, this.#everything)) {
      to('everything', namespace, [graph.everythingIn(namespace)]);
    }
    for (const namespace of this.#fresh(holder.pods, this.#pods)) to('pods', namespace, graph.podAccountsOf(namespace));
    for (const namespace of this.#fresh(holder.anyAccount, this.#anyAccount)) {
      const { holders, together } = graph.accountsOf(namespace);
      if (this.#isNews(together)) to('any-account', namespace, holders);
    }
    if (holder.anyUser && !this.#users) {
      this.#users = true;
      to('any-user', '', graph.users);
    }
    if (holder.anyGroup && asUser && !this.#groups) {
      this.#groups = true;
      to('any-group', '', graph.groups);
    }
  }

  /** The namespaces of a set that nobody has gone through yet. */
  *#fresh(bits: Uint32Array, gone: Uint32Array): Generator<string> {
    if (isWithin(bits, gone)) return;
    const fresh = bits.map((word, at) => word & ~(gone[at] ?? 0));
    addAll(gone, bits);
    yield* this.#graph.scopes.of(fresh);
  }

  #visit(before: Visit, how: StepKind, namespace: string, holder: Holder, next: Visit[]): void {
    if (this.#visited.has(holder)) return;
    this.#visited.add(holder);
    if (!this.#isNews(holder)) return;
    const visit: Visit = { holder, depth: before.depth + 1, before, how, namespace };
    next.push(visit);
    this.#gain(visit);
  }

  /** Whether anything of it is neither had nor about to be gone through. */
  #isNews({ paths, filled, anyAccount, pods, everything, anyUser, anyGroup, named }: Gains): boolean {
    return (
      named.length > 0 ||
      (anyUser && !this.#users) ||
      (anyGroup && !this.#groups) ||
      !isWithin(anyAccount, this.#anyAccount) ||
      !isWithin(pods, this.#pods) ||
      !isWithin(everything, this.#everything) ||
      this.#opens(paths, filled)
    );
  }

  /** A loop, as this is asked of every account in every search. */
  #opens(paths: Uint32Array, filled: Uint32Array): boolean {
    for (const at of filled) if (((paths[at] ?? 0) & ~(this.#have[at] ?? 0)) !== 0) return true;
    return false;
  }

  /** Only by the words that are filled: most accounts have a few, and all of them are gone through for all. */
  #gain(visit: Visit): void {
    const { paths, filled } = visit.holder;
    let last: Mutable | undefined;
    for (const at of filled) {
      const gained = (paths[at] ?? 0) & ~(this.#have[at] ?? 0);
      this.#have[at] = (this.#have[at] ?? 0) | gained;
      const word = at % this.#words;
      const told = gained & (this.#mask?.[word] ?? (this.#mask === undefined ? -1 : 0));
      if (told === 0) continue;
      const found = this.#foundOf((at - word) / this.#words, visit);
      found.scopes[word] = (found.scopes[word] ?? 0) | told;
      if (found !== last && found.first !== visit) found.more += 1;
      last = found;
    }
  }

  #foundOf(path: number, visit: Visit): Mutable {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const found = { scopes: new Uint32Array(this.#words), first: visit, chain: stepsTo(visit), more: 0 };
    this.#found.set(path, found);
    return found;
  }
}

function isNone(bits: Uint32Array): boolean {
  return isEmpty(bits, 0, bits.length);
}

function stepsTo(visit: Visit): readonly Step[] {
  if (visit.steps !== undefined) return visit.steps;
  const steps: Step[] = [];
  let each = visit;
  while (each.before !== undefined) {
    steps.unshift({ from: each.before.holder, how: each.how, namespace: each.namespace, to: each.holder });
    each = each.before;
  }
  visit.steps = steps;
  return steps;
}

/** What some holders have together. */
export function together(holders: readonly Holder[], empty: Gains): Gains {
  const all = {
    paths: empty.paths.slice(),
    anyAccount: empty.anyAccount.slice(),
    pods: empty.pods.slice(),
    everything: empty.everything.slice(),
  };
  for (const holder of holders) {
    addAll(all.paths, holder.paths);
    addAll(all.anyAccount, holder.anyAccount);
    addAll(all.pods, holder.pods);
    addAll(all.everything, holder.everything);
  }
  return {
    ...all,
    filled: Uint32Array.from([...all.paths.keys()].filter((at) => all.paths[at] !== 0)),
    anyUser: holders.some(({ anyUser }) => anyUser),
    anyGroup: holders.some(({ anyGroup }) => anyGroup),
    named: holders.find(({ named }) => named.length > 0)?.named ?? [],
  };
}
