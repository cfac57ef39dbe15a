import { bindingIn, ClusterAccounts, everythingRole, isMissing } from './account-graph.ts';
import type { RbacSnapshot } from './collect.ts';
import type { AccountGraph, Reached, Step } from './escalation.ts';
import type { Identity } from './evaluate.ts';
import { roleOf, rolesByKey, subjectsOf } from './evaluate.ts';
import type { ExplainedStep } from './explain-step.ts';
import { explainStep } from './explain-step.ts';
import type { Holder } from './holders.ts';
import {
  groupsOfSubject,
  groupSubject,
  HeldRoles,
  holderKey,
  HolderFactory,
  pathIndex,
  userSubject,
} from './holders.ts';
import type { Clause, LaunchPath, LaunchPathId } from './launch-paths.ts';
import type { Binding, PolicyRule, Role, Subject } from './objects.ts';
import { givenOf, powerTable } from './role-powers.ts';
import { isEmpty, Scopes } from './scopes.ts';
import { SharedReach } from './shared-reach.ts';

/** A role that gives a launch path, and how a subject came by it. */
export interface Grant {
  readonly role: Role;
  readonly rules: readonly PolicyRule[];
  /** What the rules give of the path: `create,patch deployments`. */
  readonly gives: string;
  /** The bindings that give the role to the subject, where the path counts. */
  readonly bindings: readonly Binding[];
}

/** A binding that names what is not there: whoever makes it inherits, or is given, the rights. */
export interface Dangling {
  readonly binding: Binding;
  /** The role, or the ServiceAccount. */
  readonly missing: string;
}

/** Who holds which launch path, where, and what leads from one account to another. */
export class RbacAnalysis {
  readonly paths: readonly LaunchPath[];
  readonly scopes: Scopes;
  readonly dangling: readonly Dangling[];
  /** Everybody whom a binding names, and the group system:masters. */
  readonly holders: readonly Holder[];
  /** Who leads to whom. */
  readonly accounts: AccountGraph;
  readonly #factory: HolderFactory;
  readonly #reach: SharedReach;
  readonly #given = new Map<Role, Map<number, Pick<Grant, 'rules' | 'gives'>>>();
  readonly #byKey: ReadonlyMap<string, Holder>;

  /** @param guard - the namespace that Seawall runs in; undefined where it does not run */
  constructor(snapshot: RbacSnapshot, guard: string | undefined) {
    const { bindings, roles } = snapshot.objects;
    this.scopes = new Scopes([...snapshot.namespaces.keys(), ...(guard === undefined ? [] : [guard])]);
    this.#factory = new HolderFactory(powerTable(snapshot.templateKinds), this.scopes, guard);
    this.paths = this.#factory.table.paths;
    const roleMap = rolesByKey(roles);
    const bySubject = new Map<Subject, HeldRoles>();
    const dangling: Dangling[] = [];
    for (const binding of bindings) {
      const role = roleOf(roleMap, binding);
      if (role === undefined) dangling.push({ binding, missing: missingRole(binding) });
      for (const subject of binding.subjects) {
        const held = bySubject.get(subject) ?? new HeldRoles();
        bySubject.set(subject, held);
        if (role !== undefined) held.add(role, binding);
        if (isMissing(snapshot, subject)) dangling.push({ binding, missing: holderKey(subject) });
      }
    }
    this.dangling = dangling;
    const known = [...bySubject.keys()].find(({ kind, name }) => kind === 'Group' && name === 'system:masters');
    const masters = known ?? groupSubject('system:masters');
    const ofMasters = bySubject.get(masters) ?? new HeldRoles();
    bySubject.set(masters, ofMasters);
    ofMasters.add(everythingRole, bindingIn('', '(built into the API server)', everythingRole.name));
    this.holders = [...bySubject].map(([subject, held]) => this.#factory.holder(subject, held.all()));
    this.#byKey = new Map(this.holders.map((holder) => [holderKey(holder.subject), holder]));
    const { holders } = this;
    this.accounts = new ClusterAccounts({
      snapshot,
      roles: roleMap,
      factory: this.#factory,
      holders,
      byKey: this.#byKey,
    });
    this.#reach = new SharedReach(this.accounts);
  }

  holderOf(subject: Subject): Holder | undefined {
    return this.#byKey.get(holderKey(subject));
  }

  /** One person: what the name and the groups hold together. */
  person(identity: Identity): Holder {
    const held = new HeldRoles();
    for (const each of subjectsOf(identity).flatMap((subject) => this.holderOf(subject)?.held ?? [])) {
      for (const binding of each.bindings) held.add(each.role, binding);
    }
    return this.#factory.holder(userSubject(identity.user), held.all());
  }

  /**
   * What a holder reaches over other accounts, beyond what it and its groups hold, by the number of the path.
   * @param namespace - what it reaches there only
   * @param groups - its groups; those that the API server gives to every subject of its kind where they are absent
   */
  reach(
    holder: Holder,
    namespace?: string,
    groups: readonly string[] = groupsOfSubject(holder.subject),
  ): ReadonlyMap<number, Reached> {
    const members = groups.flatMap((name) => this.holderOf(groupSubject(name)) ?? []);
    return this.#reach.of(holder, members, namespace);
  }

  /** A step of a chain, in words and with the binding that lets it be taken. */
  explain(step: Step): ExplainedStep {
    return explainStep(this.#factory, step);
  }

  /** Whether a holder has a path by itself in a namespace; '' asks for the whole cluster. */
  holds(holder: Holder, path: LaunchPathId, namespace: string): boolean {
    return this.scopes.has(holder.paths, pathIndex(this.#factory.table, path) * this.scopes.words, namespace);
  }

  holdsAnywhere(holder: Holder, path: number): boolean {
    return !isEmpty(holder.paths, path * this.scopes.words, this.scopes.words);
  }

  /** The roles that give a holder a path, anywhere or in one namespace. */
  grants(holder: Holder, path: number, namespace?: string): Grant[] {
    const { table } = this.#factory;
    const powers = table.ofPath[path] ?? [];
    const clauses = powers.flatMap((power) => table.clauses[power] ?? []);
    return holder.held.flatMap(({ role, bindings: all }): Grant[] => {
      const scope = all[0]?.namespace ?? '';
      if (!this.#factory.powersIn(role, scope).powers.some((power) => powers.includes(power))) return [];
      const bindings =
        namespace === undefined || scope === '' ? all : all.filter((each) => each.namespace === namespace);
      if (bindings.length === 0) return [];
      const { rules, gives } = this.#givenBy(role, path, clauses);
      return [{ role, rules, gives, bindings }];
    });
  }

  /** What a role gives of a path is the same for all who hold it. */
  #givenBy(role: Role, path: number, clauses: readonly Clause[]): Pick<Grant, 'rules' | 'gives'> {
    const known = this.#given.get(role) ?? new Map<number, Pick<Grant, 'rules' | 'gives'>>();
    this.#given.set(role, known);
    const given = known.get(path) ?? giving(role, clauses);
    known.set(path, given);
    return given;
  }
}

function giving(role: Role, clauses: readonly Clause[]): Pick<Grant, 'rules' | 'gives'> {
  const all = role.rules.map((rule) => ({ rule, gives: givenOf(rule, clauses) }));
  const some = all.filter(({ gives }) => gives !== undefined);
  return { rules: some.map(({ rule }) => rule), gives: [...new Set(some.map(({ gives }) => gives))].join('; ') };
}

function missingRole({ namespace, roleRef }: Binding): string {
  return roleRef.kind === 'Role' ? `Role ${namespace}/${roleRef.name}` : `ClusterRole ${roleRef.name}`;
}
