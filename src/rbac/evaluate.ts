/*
 * What RBAC allows, just as the API server decides it.
 * Source: kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go (RuleAllows), pkg/apis/rbac/v1/evaluation_helpers.go,
 * pkg/registry/rbac/validation/rule.go (VisitRulesFor).
 */
import type { Binding, PolicyRule, RbacObjects, Role, Subject } from './objects.ts';
import { accountOfUser, subjectText } from './objects.ts';

/** Who asks. The groups are all of them: the API server adds those of a ServiceAccount when it authenticates one. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A request for a resource; '' for no subresource, no name, and no namespace (a cluster-wide request). */
export interface ResourceQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
}

/** A request for a path that is no resource, as /metrics. */
export interface PathQuestion {
  readonly verb: string;
  readonly path: string;
}

export type Question = ResourceQuestion | PathQuestion;

/** Which binding gave which subject a role, and the rule of it that decided. */
export interface Chain {
  readonly subject: Subject;
  readonly binding: Binding;
  readonly role: Role;
  readonly rule: PolicyRule;
}

/** RBAC never denies; what it does not allow, another authorizer of the API server may. */
export type Decision =
  | { readonly allowed: true; readonly by: Chain }
  /** Allowed before RBAC is asked: a member of system:masters. */
  | { readonly allowed: true; readonly by: 'system:masters' }
  | { readonly allowed: false };

/** Whether one rule allows a request. */
export function ruleAllows(rule: PolicyRule, question: Question): boolean {
  if (!has(rule.verbs, question.verb)) return false;
  if ('path' in question) return rule.nonResourceURLs.some((url) => urlAllows(url, question.path));
  return (
    has(rule.apiGroups, question.group) &&
    rule.resources.some((resource) => resourceAllows(resource, question)) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(question.name))
  );
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

/** `pods` is not `pods/exec`, and `pods/*` is nothing. */
function resourceAllows(own: string, { resource, subresource }: ResourceQuestion): boolean {
  if (own === '*') return true;
  if (subresource === '') return own === resource;
  return own === `${resource}/${subresource}` || own === `*/${subresource}`;
}

function urlAllows(own: string, path: string): boolean {
  if (own === '*' || own === path) return true;
  return own.endsWith('*') && path.startsWith(withoutStars(own));
}

function withoutStars(url: string): string {
  let end = url.length;
  while (end > 0 && url[end - 1] === '*') end -= 1;
  return url.slice(0, end);
}

const masters = 'system:masters';

/** The groups that the API server gives to whoever it knows by this name, beside those of a token or certificate. */
export function implicitGroups(user: string): readonly string[] {
  if (user === 'system:anonymous') return ['system:unauthenticated'];
  const account = accountOfUser(user);
  if (account === undefined) return ['system:authenticated'];
  return ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, 'system:authenticated'];
}

/** The subjects that an identity answers to. */
export function subjectsOf({ user, groups }: Identity): Subject[] {
  const own: Subject = accountOfUser(user) ?? { kind: 'User', namespace: '', name: user };
  return [own, ...groups.map((name): Subject => ({ kind: 'Group', namespace: '', name }))];
}

/** The roles and bindings, made ready for many questions. */
export class Authorizer {
  readonly #roles: ReadonlyMap<string, Role>;
  readonly #bindings = new Map<string, Binding[]>();

  constructor({ roles, bindings }: RbacObjects) {
    this.#roles = rolesByKey(roles);
    for (const binding of bindings) {
      for (const subject of binding.subjects) {
        const key = subjectText(subject);
        const known = this.#bindings.get(key);
        if (known === undefined) this.#bindings.set(key, [binding]);
        else known.push(binding);
      }
    }
  }

  authorize(identity: Identity, question: Question): Decision {
    if (identity.groups.includes(masters)) return { allowed: true, by: masters };
    const namespace = 'path' in question ? '' : question.namespace;
    for (const subject of subjectsOf(identity)) {
      for (const binding of this.#bindings.get(subjectText(subject)) ?? []) {
        if (binding.kind === 'RoleBinding' && (namespace === '' || binding.namespace !== namespace)) continue;
        const role = roleOf(this.#roles, binding);
        const rule = role?.rules.find((each) => ruleAllows(each, question));
        if (role !== undefined && rule !== undefined) return { allowed: true, by: { subject, binding, role, rule } };
      }
    }
    return { allowed: false };
  }
}

const roleKey = (kind: Role['kind'], namespace: string, name: string): string => `${kind} ${namespace}/${name}`;

export function rolesByKey(roles: readonly Role[]): ReadonlyMap<string, Role> {
  return new Map(roles.map((role) => [roleKey(role.kind, role.namespace, role.name), role]));
}

/** The role of a binding; a Role is one of the binding's namespace, and undefined where there is none (dangling). */
export function roleOf(roles: ReadonlyMap<string, Role>, { namespace, roleRef }: Binding): Role | undefined {
  return roles.get(roleKey(roleRef.kind, roleRef.kind === 'Role' ? namespace : '', roleRef.name));
}
