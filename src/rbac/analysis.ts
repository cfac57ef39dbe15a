import type { RbacSnapshot } from './collect.ts';
import type { AccountGraph, Accounts, Reached, Step } from './escalation.ts';
import { together } from './escalation.ts';
import type { Identity } from './evaluate.ts';
import { roleOf, rolesByKey, subjectsOf } from './evaluate.ts';
import type { ExplainedStep } from './explain-step.ts';
import { explainStep } from './explain-step.ts';
import type { Held, Holder } from './holders.ts';
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
import type { NamedStep } from './role-powers.ts';
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

/** Kept in every API server, whatever RBAC says. */
const everythingRule: PolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  resourceNames: [],
  nonResourceURLs: ['*'],
};
const everythingRole: Role = { kind: 'ClusterRole', namespace: '', name: '(every right)', rules: [everythingRule] };
const bindingIn = (namespace: string, name: string, roleName: string): Binding => ({
  kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
  namespace,
  name,
  roleRef: { kind: 'ClusterRole', name: roleName },
  subjects: [],
});

/** Who holds which launch path, where, and what leads from one account to another. */
export class RbacAnalysis {
  readonly paths: readonly LaunchPath[];
  readonly scopes: Scopes;
  readonly dangling: readonly Dangling[];
  /** Everybody whom a binding names, and the group system:masters. */
  readonly holders: readonly Holder[];
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
    this.#reach = new SharedReach(this.#makeGraph(snapshot, roleMap));
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

  #makeGraph(snapshot: RbacSnapshot, roles: ReadonlyMap<string, Role>): AccountGraph {
    const byNamespace = new Map<string, Holder[]>();
    for (const holder of this.holders) {
      const { kind, namespace } = holder.subject;
      if (kind !== 'ServiceAccount' || isMissing(snapshot, holder.subject)) continue;
      const known = byNamespace.get(namespace);
      if (known === undefined) byNamespace.set(namespace, [holder]);
      else known.push(holder);
    }
    const virtual = new Map<string, Holder>();
    const makeOnce = (key: string, subject: Subject, held: readonly Held[]): Holder => {
      const known = virtual.get(key) ?? this.#factory.holder(subject, held);
      virtual.set(key, known);
      return known;
    };
    const groupsIn = (namespace: string): Holder[] =>
      groupsOfSubject({ kind: 'ServiceAccount', namespace, name: '' }).flatMap(
        (name) => this.holderOf(groupSubject(name)) ?? [],
      );
    const account = (namespace: string, name: string): Holder[] => [
      ...(byNamespace.get(namespace) ?? []).filter(({ subject }) => subject.name === name),
      ...groupsIn(namespace),
    ];
    const everythingIn = (namespace: string): Holder => {
      const binding = bindingIn(namespace, '(made by itself)', everythingRole.name);
      return makeOnce(`* ${namespace}`, groupSubject('(itself, with every right)'), [
        { role: everythingRole, bindings: [binding] },
      ]);
    };
    const named = ({ how, name, namespace }: NamedStep & { readonly namespace: string }): readonly Holder[] => {
      switch (how) {
        case 'token':
        case 'impersonateAccount':
          return (namespace === '' ? this.scopes.namespaces : [namespace]).flatMap((each) => account(each, name));
        case 'exec':
        case 'debug':
          return (namespace === '' ? [...snapshot.podAccounts.keys()] : [namespace]).flatMap((each) => {
            const runsAs = snapshot.podAccounts.get(each)?.get(name);
            return runsAs === undefined ? [] : account(each, runsAs);
          });
        case 'impersonateUser': {
          const subject = userSubject(name);
          return subject.kind === 'ServiceAccount'
            ? account(subject.namespace, subject.name)
            : [subject, ...groupsOfSubject(subject).map(groupSubject)].flatMap((each) => this.holderOf(each) ?? []);
        }
        case 'impersonateGroup':
          return [groupSubject(name)].flatMap((each) => this.holderOf(each) ?? []);
        case 'bind': {
          const binding = bindingIn(namespace, '(made by itself)', name);
          const role = roleOf(roles, binding);
          return role === undefined
            ? []
            : [
                makeOnce(`${name} ${namespace}`, groupSubject(`(itself, with ClusterRole ${name})`), [
                  { role, bindings: [binding] },
                ]),
              ];
        }
      }
    };
    const nobody = this.#factory.holder(groupSubject(''), []);
    const accounts = new Map<string, Accounts>();
    const accountsOf = (namespace: string): Accounts => {
      const known = accounts.get(namespace);
      if (known !== undefined) return known;
      const holders = [...(byNamespace.get(namespace) ?? []), ...groupsIn(namespace)];
      const made = { holders, together: together(holders, nobody) };
      accounts.set(namespace, made);
      return made;
    };
    const ofKind = (kind: Subject['kind']): Holder[] => this.holders.filter(({ subject }) => subject.kind === kind);
    return {
      scopes: this.scopes,
      pathCount: this.paths.length,
      accountsOf,
      podAccountsOf: (namespace) =>
        [...new Set(snapshot.podAccounts.get(namespace)?.values())].flatMap((name) => account(namespace, name)),
      users: [...ofKind('User'), ...ofKind('ServiceAccount')],
      groups: ofKind('Group'),
      named,
      everythingIn,
    };
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

function isMissing({ isWhole, accounts }: RbacSnapshot, { kind, namespace, name }: Subject): boolean {
  return isWhole && kind === 'ServiceAccount' && accounts.get(namespace)?.has(name) !== true;
}
