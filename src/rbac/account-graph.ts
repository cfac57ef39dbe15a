import type { Accounts, Gains } from './accounts.ts';
import { accountsOf, togetherOf } from './accounts.ts';
import type { RbacSnapshot } from './collect.ts';
import type { AccountGraph, NamedTargets } from './escalation.ts';
import { maxDepth } from './escalation.ts';
import { roleOf } from './evaluate.ts';
import type { Held, Holder, HolderFactory } from './holders.ts';
import { groupsOfSubject, groupSubject, holderKey, userSubject, waysOn } from './holders.ts';
import type { Binding, PolicyRule, Role, Subject } from './objects.ts';
import type { Scopes } from './scopes.ts';

/** Kept in every API server, whatever RBAC says. */
const everythingRule: PolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  resourceNames: [],
  nonResourceURLs: ['*'],
};
export const everythingRole: Role = {
  kind: 'ClusterRole',
  namespace: '',
  name: '(every right)',
  rules: [everythingRule],
};

/** A binding that is in no cluster. */
export const bindingIn = (namespace: string, name: string, roleName: string): Binding => ({
  kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
  namespace,
  name,
  roleRef: { kind: 'ClusterRole', name: roleName },
  subjects: [],
});

export interface AccountGraphOptions {
  readonly snapshot: RbacSnapshot;
  readonly roles: ReadonlyMap<string, Role>;
  readonly factory: HolderFactory;
  readonly holders: readonly Holder[];
  /** By `holderKey`. */
  readonly byKey: ReadonlyMap<string, Holder>;
}

/** Which accounts each step leads to in one cluster; each answer is found once, as every search asks again. */
export class ClusterAccounts implements AccountGraph {
  readonly scopes: Scopes;
  readonly pathCount: number;
  readonly users: readonly Holder[];
  readonly groups: readonly Holder[];
  readonly #options: AccountGraphOptions;
  readonly #byNamespace: ReadonlyMap<string, readonly Holder[]>;
  /** How many words a row of all paths and ways on has. */
  readonly #rowWords: number;
  readonly #accounts = new Map<string, Accounts>();
  readonly #gains = new Map<Holder, Gains>();
  readonly #podAccounts = new Map<string, readonly Holder[]>();
  readonly #named = new Map<Holder, readonly NamedTargets[]>();
  readonly #virtual = new Map<string, Holder>();

  constructor(options: AccountGraphOptions) {
    const { factory, holders, snapshot } = options;
    const ofKind = (kind: Subject['kind']): Holder[] => holders.filter(({ subject }) => subject.kind === kind);
    this.#options = options;
    this.scopes = factory.scopes;
    this.pathCount = factory.table.paths.length;
    this.#rowWords = (this.pathCount + waysOn) * this.scopes.words;
    this.users = [...ofKind('User'), ...ofKind('ServiceAccount')];
    this.groups = ofKind('Group');
    this.#byNamespace = Map.groupBy(
      ofKind('ServiceAccount').filter(({ subject }) => !isMissing(snapshot, subject)),
      ({ subject }) => subject.namespace,
    );
  }

  accountsOf(namespace: string): Accounts {
    return once(this.#accounts, namespace, () => {
      const holders = [...(this.#byNamespace.get(namespace) ?? []), ...this.#groupsIn(namespace)];
      return accountsOf(
        holders,
        holders.map((holder) => this.gainsOf(holder)),
        this.#rowWords,
      );
    });
  }

  gainsOf(holder: Holder): Gains {
    if (holder.named.length === 0) return holder;
    return once(this.#gains, holder, () => {
      const all = this.#ledToByName(holder);
      return all.length === 1 ? holder : togetherOf(all, this.#rowWords);
    });
  }

  /** A holder, and all that it leads to by names alone in as many steps as a search takes. */
  #ledToByName(holder: Holder): readonly Holder[] {
    const all = new Set([holder]);
    let round: readonly Holder[] = [holder];
    for (let step = 1; step <= maxDepth && round.length > 0; step += 1) {
      const targets = round.flatMap((each) => this.namedOf(each).flatMap(({ targets }) => targets));
      round = [...new Set(targets)].filter((target) => !all.has(target));
      for (const target of round) all.add(target);
    }
    return [...all];
  }

  podAccountsOf(namespace: string): readonly Holder[] {
    const names = this.#options.snapshot.podAccounts.get(namespace)?.values();
    return once(this.#podAccounts, namespace, () =>
      [...new Set(names)].flatMap((name) => this.#account(namespace, name)),
    );
  }

  namedOf(holder: Holder): readonly NamedTargets[] {
    return once(this.#named, holder, () =>
      holder.named
        .map((step) => ({ how: step.how, namespace: step.namespace, targets: this.#targetsOf(step) }))
        .filter(({ targets }) => targets.length > 0),
    );
  }

  everythingIn(namespace: string): Holder {
    const bindings = [bindingIn(namespace, '(made by itself)', everythingRole.name)];
    const held = [{ role: everythingRole, bindings }];
    return this.#itself(`* ${namespace}`, '(itself, with every right)', held);
  }

  #targetsOf({ how, name, namespace }: Holder['named'][number]): readonly Holder[] {
    const { snapshot, roles } = this.#options;
    switch (how) {
      case 'token':
      case 'impersonateAccount':
        return (namespace === '' ? this.scopes.namespaces : [namespace]).flatMap((each) => this.#account(each, name));
      case 'exec':
      case 'debug':
        return (namespace === '' ? [...snapshot.podAccounts.keys()] : [namespace]).flatMap((each) => {
          const runsAs = snapshot.podAccounts.get(each)?.get(name);
          return runsAs === undefined ? [] : this.#account(each, runsAs);
        });
      case 'impersonateUser': {
        const subject = userSubject(name);
        if (subject.kind === 'ServiceAccount') return this.#account(subject.namespace, subject.name);
        return [subject, ...groupsOfSubject(subject).map(groupSubject)].flatMap((each) => this.#holderOf(each));
      }
      case 'impersonateGroup':
        return this.#holderOf(groupSubject(name));
      case 'bind': {
        const binding = bindingIn(namespace, '(made by itself)', name);
        const role = roleOf(roles, binding);
        if (role === undefined) return [];
        const held = [{ role, bindings: [binding] }];
        return [this.#itself(`${name} ${namespace}`, `(itself, with ClusterRole ${name})`, held)];
      }
    }
  }

  /** A ServiceAccount, and the groups that it is in. */
  #account(namespace: string, name: string): Holder[] {
    const own = (this.#byNamespace.get(namespace) ?? []).filter(({ subject }) => subject.name === name);
    return [...own, ...this.#groupsIn(namespace)];
  }

  #groupsIn(namespace: string): Holder[] {
    const groups = groupsOfSubject({ kind: 'ServiceAccount', namespace, name: '' });
    return groups.flatMap((name) => this.#holderOf(groupSubject(name)));
  }

  #holderOf(subject: Subject): Holder[] {
    const found = this.#options.byKey.get(holderKey(subject));
    return found === undefined ? [] : [found];
  }

  /** What a holder makes of itself. */
  #itself(key: string, name: string, held: readonly Held[]): Holder {
    return once(this.#virtual, key, () => this.#options.factory.holder(groupSubject(name), held));
  }
}

function once<Key, Value>(known: Map<Key, Value>, key: Key, find: () => Value): Value {
  const value = known.get(key);
  if (value !== undefined) return value;
  const found = find();
  known.set(key, found);
  return found;
}

export function isMissing({ isWhole, accounts }: RbacSnapshot, { kind, namespace, name }: Subject): boolean {
  return isWhole && kind === 'ServiceAccount' && accounts.get(namespace)?.has(name) !== true;
}
