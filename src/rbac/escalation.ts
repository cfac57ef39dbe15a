import type { Accounts, Gains } from './accounts.ts';
import type { Holder } from './holders.ts';
import { waysOn } from './holders.ts';
import type { NamedStep } from './role-powers.ts';
import type { Scopes } from './scopes.ts';
import { addFilled, isEmpty } from './scopes.ts';

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

/** Most steps of a chain. */
export const maxDepth = 4;

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
  /** Where the named steps of a holder lead to; those that lead nowhere are left out. */
  namedOf(holder: Holder): readonly NamedTargets[];
  everythingIn(namespace: string): Holder;
  /** What a holder brings, with what those bring to whom it leads by name. */
  gainsOf(holder: Holder): Gains;
}

/** A step to somebody by name. */
export interface NamedTargets {
  readonly how: NamedStep['how'];
  readonly namespace: string;
  readonly targets: readonly Holder[];
}

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
  /** As `Holder.filled`: the paths that are had, and what somebody who was visited goes through in its turn. */
  readonly #have: Uint32Array;
  readonly #pathWords: number;
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
    this.#pathWords = graph.pathCount * this.#words;
    this.#have = new Uint32Array(this.#pathWords + waysOn * this.#words);
    this.#anyAccount = new Uint32Array(this.#words);
    this.#pods = new Uint32Array(this.#words);
    this.#everything = new Uint32Array(this.#words);
  }

  run(start: readonly Holder[]): ReadonlyMap<number, Reached> {
    let round: Visit[] = start.map((holder) => ({ holder, depth: 0, before: undefined, how: 'pods', namespace: '' }));
    for (const { holder } of round) {
      this.#visited.add(holder);
      addFilled(this.#have, holder.filled);
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
    for (const { how, namespace, targets } of graph.namedOf(holder)) {
      if (asUser || how !== 'impersonateGroup') to(how, namespace, targets);
    }
    if (graph.scopes.has(holder.everything, 0, '')) to('everything', '', [graph.everythingIn('')]);
    for (const namespace of graph.scopes.addNew(this.#everything, holder.everything)) {
      to('everything', namespace, [graph.everythingIn(namespace)]);
    }
    for (const namespace of graph.scopes.addNew(this.#pods, holder.pods))
      to('pods', namespace, graph.podAccountsOf(namespace));
    for (const namespace of graph.scopes.addNew(this.#anyAccount, holder.anyAccount)) {
      this.#accounts(visit, namespace, next);
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

  #accounts(visit: Visit, namespace: string, next: Visit[]): void {
    const { holders, together, rows, starts } = this.#graph.accountsOf(namespace);
    const depth = visit.depth + 1;
    if (!this.#isNews(together, depth)) return;
    const canLeadOn = this.#leadsOn(together, depth);
    // By number and not by holder: most are left out unseen.
    for (let index = 0; index < holders.length; index += 1) {
      if (!canLeadOn && !this.#opens(rows, starts[index] ?? 0, starts[index + 1] ?? 0)) continue;
      const holder = holders[index];
      if (holder !== undefined) this.#visit(visit, 'any-account', namespace, holder, next);
    }
  }

  #visit(before: Visit, how: StepKind, namespace: string, holder: Holder, next: Visit[]): void {
    // Who brings nothing now never will: what is had only grows.
    const depth = before.depth + 1;
    if (this.#visited.has(holder) || !this.#isNews(this.#graph.gainsOf(holder), depth)) return;
    this.#visited.add(holder);
    const visit: Visit = { holder, depth, before, how, namespace };
    next.push(visit);
    this.#gain(visit);
  }

  /** Whether anything of it is neither had nor about to be gone through. */
  #isNews(gains: Gains, depth: number): boolean {
    return this.#leadsOn(gains, depth) || this.#opens(gains.filled, 0, gains.filled.length);
  }

  #leadsOn({ anyUser, anyGroup }: Gains, depth: number): boolean {
    return depth < maxDepth && ((anyUser && !this.#users) || (anyGroup && !this.#groups));
  }

  /** A plain loop over one array, as this is asked of every account in every search. */
  #opens(rows: Uint32Array, start: number, end: number): boolean {
    const have = this.#have;
    for (let index = start; index < end; index += 2) {
      if (((rows[index + 1] ?? 0) & ~(have[rows[index] ?? 0] ?? 0)) !== 0) return true;
    }
    return false;
  }

  /** Only by the words that are filled: most accounts have a few, and all of them are gone through for all. */
  #gain(visit: Visit): void {
    const { filled } = visit.holder;
    const have = this.#have;
    let last: Mutable | undefined;
    for (let index = 0; index < filled.length; index += 2) {
      const at = filled[index] ?? 0;
      const gained = (filled[index + 1] ?? 0) & ~(have[at] ?? 0);
      if (gained === 0) continue;
      have[at] = (have[at] ?? 0) | gained;
      const word = at % this.#words;
      if (at >= this.#pathWords) continue;
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
