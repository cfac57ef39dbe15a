import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, asStrings } from '../policy/json.ts';

/** One rule of a role. Source: k8s.io/api rbac/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Empty for every name. */
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** A Role or ClusterRole with the rules that it has in the end: those of an aggregated one are merged. */
export interface Role {
  readonly kind: 'Role' | 'ClusterRole';
  /** '' for a ClusterRole. */
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

/** Whom a binding names; the namespace is that of a ServiceAccount, and '' for users and groups. */
export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly namespace: string;
  readonly name: string;
}

/** A RoleBinding, which counts in its namespace, or a ClusterRoleBinding, which counts everywhere. */
export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  /** '' for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly name: string;
  readonly roleRef: { readonly kind: Role['kind']; readonly name: string };
  readonly subjects: readonly Subject[];
}

/** The objects that decide. */
export interface RbacObjects {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

export const rbacGroup = 'rbac.authorization.k8s.io';

/** How a subject stands in texts and keys: `ServiceAccount ns/name`, `Group name`. */
export function subjectText({ kind, namespace, name }: Subject): string {
  return kind === 'ServiceAccount' ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

/** `ClusterRole edit`, `Role shop/deployer`. */
export function objectText({ kind, namespace, name }: Pick<Role | Binding, 'kind' | 'namespace' | 'name'>): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

export function ruleOf(rule: JsonObject): PolicyRule {
  return {
    verbs: asStrings(rule['verbs']),
    apiGroups: asStrings(rule['apiGroups']),
    resources: asStrings(rule['resources']),
    resourceNames: asStrings(rule['resourceNames']),
    nonResourceURLs: asStrings(rule['nonResourceURLs']),
  };
}

/** Reads roles and bindings; each subject is one object, however many bindings name it. */
export class RbacReader {
  readonly #subjects = new Map<string, Subject>();

  role(kind: Role['kind'], value: JsonObject, namespace: string, rules: readonly PolicyRule[]): Role {
    return { kind, namespace, name: asString(asObject(value['metadata'])['name']), rules };
  }

  /** A binding; subjects and roles of a kind that RBAC does not know grant nothing. */
  binding(kind: Binding['kind'], value: JsonObject, namespace: string): Binding {
    const metadata = asObject(value['metadata']);
    const roleRef = asObject(value['roleRef']);
    return {
      kind,
      namespace,
      name: asString(metadata['name']),
      roleRef: { kind: roleRef['kind'] === 'Role' ? 'Role' : 'ClusterRole', name: asString(roleRef['name']) },
      subjects: asList(value['subjects']).flatMap((subject) => this.#subject(asObject(subject), namespace)),
    };
  }

  /**
   * A ServiceAccount without a namespace is one of the RoleBinding's; a User named as one is that ServiceAccount.
   * Source: kubernetes pkg/registry/rbac/validation/rule.go (appliesToUser).
   */
  #subject({ kind, name, namespace }: JsonObject, bindingNamespace: string): Subject[] {
    const own = asString(name);
    switch (kind) {
      case 'User':
        return [this.intern(accountOfUser(own) ?? { kind, namespace: '', name: own })];
      case 'Group':
        return [this.intern({ kind, namespace: '', name: own })];
      case 'ServiceAccount': {
        const home = asString(namespace) || bindingNamespace;
        return home === '' ? [] : [this.intern({ kind, namespace: home, name: own })];
      }
      default:
        return [];
    }
  }

  /** The one object of a subject. */
  intern(subject: Subject): Subject {
    const key = subjectText(subject);
    const known = this.#subjects.get(key);
    if (known !== undefined) return known;
    this.#subjects.set(key, subject);
    return subject;
  }
}

const accountPrefix = 'system:serviceaccount:';

/** The ServiceAccount that a user name stands for; undefined where it stands for a person. */
export function accountOfUser(user: string): Subject | undefined {
  if (!user.startsWith(accountPrefix)) return undefined;
  const [namespace = '', name = '', ...rest] = user.slice(accountPrefix.length).split(':');
  if (namespace === '' || name === '' || rest.length > 0) return undefined;
  return { kind: 'ServiceAccount', namespace, name };
}

/** The user name of a ServiceAccount. */
export function userOfAccount({ namespace, name }: Subject): string {
  return `${accountPrefix}${namespace}:${name}`;
}
