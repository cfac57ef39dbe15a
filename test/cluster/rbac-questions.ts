import type { Identity, Question } from '../../src/rbac/evaluate.ts';
import { implicitGroups } from '../../src/rbac/evaluate.ts';
import type { PolicyRule, RbacObjects } from '../../src/rbac/objects.ts';
import { userOfAccount } from '../../src/rbac/objects.ts';

/** Numbers from 0 up to 1 that a seed decides. Source: mulberry32, by Tommy Ettinger, public domain. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const verbs =
  'get list watch create update patch delete deletecollection bind escalate impersonate use approve * GET'.split(' ');
const groups = ['', 'apps', 'batch', 'rbac.authorization.k8s.io', 'extensions', 'example.com', '*', 'APPS'];
const resources =
  'pods secrets deployments jobs nodes clusterroles rolebindings serviceaccounts users widgets * Pods pod namespaces'.split(
    ' ',
  );
const subresources = ['', '', '', 'exec', 'log', 'scale', 'status', 'token', 'proxy', '*', 'ex', 'Exec', 'a/b'];
const names = ['', '', 'a', 'b', 'web', 'A', '*', 'a.b'];
const namespaces = ['', 'default', 'shop', 'team-a', 'nowhere'];
const paths = '/ /metrics /api /api/v1 /apis/apps /healthz /healthz/etcd /healthzz * /logs/ /log'.split(' ');
const users = [
  'jane',
  'joe',
  'Jane',
  'system:anonymous',
  'system:kube-scheduler',
  'system:serviceaccount:shop',
  'nobody',
];
const accounts = ['default', 'deployer', 'robot'];
const groupNames = [
  'team-a',
  'ops',
  'system:authenticated',
  'system:unauthenticated',
  'system:serviceaccounts',
  'system:serviceaccounts:shop',
];

/** Chance, by a seed. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  one<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  some<T>(list: readonly T[], most: number): T[] {
    return Array.from({ length: 1 + this.below(most) }, () => this.one(list));
  }
}

/** Roles and bindings that no person would write, as manifests; the API server takes them all. */
export function hostileObjects(dice: Dice, count: number): object[] {
  const objects: object[] = [];
  for (let index = 0; index < count; index += 1) {
    const namespaced = dice.chance(0.4);
    const namespace = dice.one(['default', 'shop', 'team-a']);
    objects.push({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: namespaced ? 'Role' : 'ClusterRole',
      metadata: {
        name: `random-${index}`,
        ...(namespaced
          ? { namespace }
          : dice.chance(0.2)
            ? { labels: { [dice.one(['collect', 'nested'])]: 'yes' } }
            : {}),
      },
      rules: Array.from({ length: 1 + dice.below(3) }, () => randomRule(dice, namespaced)),
    });
    objects.push(randomBinding(dice, index, count, namespace));
    if (namespaced) objects.push(bindingOf(dice, `own-${index}`, namespace, { kind: 'Role', name: `random-${index}` }));
  }
  return [...objects, ...aggregatedRoles(dice)];
}

function randomRule(dice: Dice, namespaced: boolean): object {
  if (!namespaced && dice.chance(0.2)) {
    // Only a ClusterRole may name paths, and only with a `*` at the end.
    return {
      verbs: dice.some(['get', 'post', '*', 'GET'], 2),
      nonResourceURLs: dice.some([...paths, '/healthz*', '/api/*', '/log*', '/api**', '/*'], 2),
    };
  }
  const resource = (): string => {
    const sub = dice.one(subresources);
    return sub === '' ? dice.one(resources) : `${dice.one([...resources, '*'])}/${sub}`;
  };
  return {
    verbs: dice.some(verbs, 4),
    apiGroups: dice.some(groups, 2),
    resources: Array.from({ length: 1 + dice.below(3) }, resource),
    ...(dice.chance(0.3) && { resourceNames: dice.some(names, 2) }),
  };
}

/** Half of them to a role of this hand, some to one that is built in, and some to none at all. */
function randomBinding(dice: Dice, index: number, count: number, namespace: string): object {
  const name = dice.chance(0.6)
    ? `random-${dice.below(count)}`
    : dice.one([
        'view',
        'edit',
        'admin',
        'system:node',
        'system:kube-scheduler',
        'cluster-admin',
        'gone',
        'collector',
        'nest',
      ]);
  const cluster = dice.chance(0.3);
  const kind = !cluster && dice.chance(0.3) ? 'Role' : 'ClusterRole';
  return bindingOf(dice, `random-${index}`, cluster ? '' : namespace, { kind, name });
}

function bindingOf(dice: Dice, name: string, namespace: string, roleRef: { kind: string; name: string }): object {
  const cluster = namespace === '';
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: cluster ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(!cluster && { namespace }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...roleRef },
    subjects: Array.from({ length: 1 + dice.below(2) }, () => randomSubject(dice, cluster)),
  };
}

function randomSubject(dice: Dice, cluster: boolean): object {
  const apiGroup = 'rbac.authorization.k8s.io';
  if (dice.chance(0.35)) return { kind: 'Group', apiGroup, name: dice.one(groupNames) };
  if (dice.chance(0.5))
    return {
      kind: 'User',
      apiGroup,
      name: dice.one([...users, 'system:serviceaccount:shop:robot', 'system:serviceaccount:team-a:default:x']),
    };
  // Without a namespace it is one of the binding's.
  const namespace = cluster || dice.chance(0.7) ? { namespace: dice.one(['default', 'shop', 'team-a']) } : {};
  return { kind: 'ServiceAccount', name: dice.one(accounts), ...namespace };
}

/** Roles that collect others, one of them through another, and two that collect each other. */
function aggregatedRoles(dice: Dice): object[] {
  const role = (name: string, labels: object, clusterRoleSelectors: readonly object[]): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels },
    aggregationRule: { clusterRoleSelectors },
  });
  const subject = randomSubject(dice, true);
  return [
    role('collector', { nested: 'yes' }, [{ matchLabels: { collect: 'yes' } }]),
    role('nest', {}, [{ matchExpressions: [{ key: 'nested', operator: 'In', values: ['yes'] }] }]),
    role('circle-a', { circle: 'a' }, [{ matchLabels: { circle: 'b' } }, { matchLabels: { collect: 'yes' } }]),
    role('circle-b', { circle: 'b' }, [{ matchLabels: { circle: 'a' } }]),
    ...['collector', 'nest', 'circle-a', 'circle-b'].map((name) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `of-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [subject, { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: `user-of-${name}` }],
    })),
  ];
}

/** A question by chance: half of them begin with a rule that somebody holds, and change a little of it. */
export function randomQuestion(dice: Dice, objects: RbacObjects): { identity: Identity; question: Question } {
  if (dice.chance(0.35)) return { identity: randomIdentity(dice), question: anyQuestion(dice) };
  const binding = dice.one(objects.bindings);
  const role = objects.roles.find(
    ({ kind, name, namespace }) =>
      kind === binding.roleRef.kind &&
      name === binding.roleRef.name &&
      (kind === 'ClusterRole' || namespace === binding.namespace),
  );
  const rule = role === undefined || role.rules.length === 0 ? undefined : dice.one(role.rules);
  const question = rule === undefined ? anyQuestion(dice) : questionOf(dice, rule, binding.namespace);
  const subject = binding.subjects.length === 0 || dice.chance(0.1) ? undefined : dice.one(binding.subjects);
  if (subject === undefined) return { identity: randomIdentity(dice), question };
  if (subject.kind === 'Group')
    return { identity: { user: dice.one(['jane', 'x']), groups: [subject.name] }, question };
  const user = subject.kind === 'User' ? subject.name : userOfAccount(subject);
  return { identity: { user, groups: dice.chance(0.5) ? implicitGroups(user) : [] }, question };
}

function randomIdentity(dice: Dice): Identity {
  const account = `system:serviceaccount:${dice.one(['default', 'shop', 'team-a'])}:${dice.one(accounts)}`;
  const user = dice.chance(0.5) ? account : dice.one([...users, 'user-of-nest', 'user-of-circle-a']);
  const groups = dice.chance(0.5)
    ? implicitGroups(user)
    : dice.some([...groupNames, ...(dice.chance(0.05) ? ['system:masters'] : [])], 2);
  return { user, groups };
}

function anyQuestion(dice: Dice): Question {
  if (dice.chance(0.15)) return { verb: dice.one(['get', 'post', 'GET']), path: dice.one(paths) };
  return {
    verb: dice.one(verbs),
    group: dice.one(groups),
    resource: dice.one(resources),
    subresource: dice.one(subresources),
    name: dice.one(names),
    namespace: dice.one(namespaces),
  };
}

function questionOf(dice: Dice, rule: PolicyRule, bindingNamespace: string): Question {
  const fresh = (own: readonly string[], others: readonly string[]): string =>
    own.length === 0 || dice.chance(0.12) ? dice.one(others) : concrete(dice, dice.one(own), others);
  if (rule.nonResourceURLs.length > 0) {
    return {
      verb: fresh(rule.verbs, ['get', 'post']),
      path: `${fresh(rule.nonResourceURLs, paths).replace(/\*+$/, '')}${dice.one(['', '', 'x', '/x'])}`,
    };
  }
  const [resource = '', ...rest] = fresh(rule.resources, resources).split('/');
  return {
    verb: fresh(rule.verbs, verbs),
    group: fresh(rule.apiGroups, groups),
    resource: resource === '*' ? dice.one(resources) : resource,
    subresource: dice.chance(0.1) ? dice.one(subresources) : rest.join('/'),
    name: rule.resourceNames.length === 0 ? dice.one(names) : fresh(rule.resourceNames, names),
    namespace: dice.chance(0.15)
      ? dice.one(namespaces)
      : bindingNamespace === ''
        ? dice.one(namespaces)
        : bindingNamespace,
  };
}

/** A star asks for anything. */
function concrete(dice: Dice, value: string, others: readonly string[]): string {
  return value === '*' && dice.chance(0.8) ? dice.one(others) : value;
}
