import type { Binding, Role, Subject } from './objects.ts';
import { accountOfUser, subjectText } from './objects.ts';
import type { NamedStep, PowerTable, RolePowers } from './role-powers.ts';
import { powersOf } from './role-powers.ts';
import type { Scopes } from './scopes.ts';
import { filledOf } from './scopes.ts';

/** A role that somebody holds, and the bindings that give it: either ClusterRoleBindings or RoleBindings. */
export interface Held {
  readonly role: Role;
  readonly bindings: readonly Binding[];
}

/** The roles of one subject, as they are found. */
export class HeldRoles {
  readonly #local = new Map<Role, Binding[]>();
  readonly #cluster = new Map<Role, Binding[]>();

  add(role: Role, binding: Binding): void {
    const map = binding.namespace === '' ? this.#cluster : this.#local;
    const known = map.get(role);
    if (known === undefined) map.set(role, [binding]);
    else known.push(binding);
  }

  all(): Held[] {
    return [...this.#cluster, ...this.#local].map(([role, bindings]) => ({ role, bindings }));
  }
}

/** How many kinds of ways to other accounts are kept as scopes: `anyAccount`, `pods`, `everything`. */
export const waysOn = 3;

/** A subject with all that it holds by itself; what its groups hold is theirs. */
export interface Holder {
  readonly subject: Subject;
  readonly held: readonly Held[];
  /** For each launch path, the scopes that it is open in: `Scopes.words` words each. */
  readonly paths: Uint32Array;
  /** What is not 0 of the words of `paths` and of the ways on behind them, by `filledOf`: a few of hundreds, for most. */
  readonly filled: Uint32Array;
  /** Where it can act as any ServiceAccount. */
  readonly anyAccount: Uint32Array;
  /** Where it gets into running pods. */
  readonly pods: Uint32Array;
  /** Where it can give itself every right. */
  readonly everything: Uint32Array;
  readonly anyUser: boolean;
  readonly anyGroup: boolean;
  readonly named: readonly (NamedStep & { readonly namespace: string })[];
}

/** Makes holders; each role is read once. */
export class HolderFactory {
  readonly table: PowerTable;
  readonly scopes: Scopes;
  readonly #guard: string | undefined;
  readonly #powers = new Map<Role, ReturnType<typeof powersOf>>();

  constructor(table: PowerTable, scopes: Scopes, guard: string | undefined) {
    this.table = table;
    this.scopes = scopes;
    this.#guard = guard;
  }

  holder(subject: Subject, held: readonly Held[]): Holder {
    const { table, scopes } = this;
    const { words } = scopes;
    const bits = new Uint32Array((table.clauses.length + 1) * words);
    const boundRole = table.clauses.length * words;
    const named: (NamedStep & { namespace: string })[] = [];
    for (const { bindings, role } of held) {
      for (const { namespace } of bindings) {
        const { powers, named: steps } = this.powersIn(role, namespace);
        for (const power of powers) this.#add(bits, power, namespace);
        if (role.kind === 'Role') scopes.add(bits, boundRole, namespace);
        for (const step of steps) named.push({ ...step, namespace });
      }
    }
    const power = (one: number): Uint32Array => bits.subarray(one * words, (one + 1) * words);
    const either = (...powers: number[]): Uint32Array => combine(powers.map(power), (one, other) => one | other);
    const both = (...powers: number[]): Uint32Array => combine(powers.map(power), (one, other) => one & other);
    const paths = new Uint32Array(table.paths.length * words);
    for (const [index, parts] of table.ofPath.entries()) paths.set(both(...parts), index * words);
    const { steps } = table;
    const part = (id: string): number => table.ofPath[table.paths.findIndex((path) => path.id === id)]?.[0] ?? 0;
    const everything = both(steps.bind, steps.writeBindings);
    const widened = both(steps.escalate, steps.changeRoles, table.clauses.length);
    const cluster =
      holds(both(steps.bind, steps.writeClusterBindings)) ||
      holds(both(steps.escalateCluster, steps.changeClusterRoles));
    for (let at = 0; at < words; at += 1) {
      everything[at] = cluster ? 0xffffffff : withoutCluster((everything[at] ?? 0) | (widened[at] ?? 0), at);
    }
    const ways = {
      anyAccount: either(steps.token, steps.impersonateAccount, part('L1'), part('L2'), steps.readSecrets),
      pods: either(steps.exec, steps.debug, part('L6')),
      everything,
    };
    return {
      subject,
      held,
      paths,
      ...ways,
      filled: filledOf(rowsOf([paths, ways.anyAccount, ways.pods, ways.everything])),
      anyUser: holds(power(steps.impersonateUser)) || holds(both(...(table.ofPath[pathIndex(table, 'L16')] ?? []))),
      anyGroup: holds(power(steps.impersonateGroup)),
      named,
    };
  }

  /** What a role gives where a binding of this namespace ('' for a ClusterRoleBinding) grants it. */
  powersIn(role: Role, namespace: string): RolePowers {
    const known = this.#powers.get(role) ?? powersOf(this.table, role);
    this.#powers.set(role, known);
    return namespace === '' ? known.cluster : known.namespaced;
  }

  #add(bits: Uint32Array, power: number, namespace: string): void {
    const offset = power * this.scopes.words;
    if (!this.table.guarded.has(power)) this.scopes.add(bits, offset, namespace);
    else if (this.#guard !== undefined && (namespace === '' || namespace === this.#guard)) {
      this.scopes.add(bits, offset, this.#guard);
    }
  }
}

export function pathIndex({ paths }: PowerTable, id: string): number {
  return paths.findIndex((path) => path.id === id);
}

function rowsOf(all: readonly Uint32Array[]): Uint32Array {
  return Uint32Array.from(all.flatMap((each) => [...each]));
}

/** Whether the bit of the cluster is set. */
function holds(bits: Uint32Array): boolean {
  return ((bits[0] ?? 0) & 1) !== 0;
}

/** A RoleBinding gives what is in its namespace, in however many of them. */
function withoutCluster(word: number, at: number): number {
  return at === 0 ? word & ~1 : word;
}

function combine(all: readonly Uint32Array[], how: (one: number, other: number) => number): Uint32Array {
  const [first = new Uint32Array(0), ...rest] = all;
  const result = first.slice();
  for (const each of rest) {
    for (let at = 0; at < result.length; at += 1) result[at] = how(result[at] ?? 0, each[at] ?? 0);
  }
  return result;
}

/** The groups of which the API server makes whoever is this subject a member. */
export function groupsOfSubject({ kind, namespace, name }: Subject): string[] {
  if (kind === 'ServiceAccount') {
    return [`system:serviceaccounts:${namespace}`, 'system:serviceaccounts', 'system:authenticated'];
  }
  if (name === 'system:anonymous' || name === 'system:unauthenticated') return ['system:unauthenticated'];
  return name === 'system:authenticated' ? [] : ['system:authenticated'];
}

export const groupSubject = (name: string): Subject => ({ kind: 'Group', namespace: '', name });
export const userSubject = (name: string): Subject => accountOfUser(name) ?? { kind: 'User', namespace: '', name };
export const holderKey = subjectText;
