import { RbacAnalysis } from '../../src/rbac/analysis.ts';
import { Authorizer } from '../../src/rbac/evaluate.ts';
import { explainedText } from '../../src/rbac/explain-step.ts';
import { collectRbac } from '../../src/rbac/collect.ts';
import type { JsonObject } from '../../src/policy/finding.ts';
import { asList, asObject, asString } from '../../src/policy/json.ts';
import { subjectText } from '../../src/rbac/objects.ts';
import { tightenings } from '../../src/rbac/tighten.ts';
import { whoCouldLaunch } from '../../src/rbac/who.ts';
import { Dice, hostileObjects } from '../cluster/rbac-questions.ts';
import { account, binding, namespace, pod, role, snapshotOf } from './snapshots.ts';

const rbac = 'rbac.authorization.k8s.io';
const jane = 'User jane';
const pathsOf = (analysis: RbacAnalysis, name: string, where: string): string[] => {
  const holder = analysis.holders.find(({ subject }) => subjectText(subject) === name);
  if (holder === undefined) return [];
  return analysis.paths.filter(({ id }) => analysis.holds(holder, id, where)).map(({ id }) => id);
};

describe('what one rule gives in the namespace of a RoleBinding, and everywhere', () => {
  test.each<[rule: string, local: string, cluster: string]>([
    ['create - pods', 'L1', 'L1'],
    ['create - pods a', '', ''],
    // A server-side apply names the pod that it creates.
    ['create,patch - pods a', 'L1 L3', 'L1 L3'],
    ['create - pods/*', '', ''],
    ['create - *', 'L1 L2 L5 L7 L10 L12 L20', 'L1 L2 L5 L6 L7 L10 L12 L20 L21'],
    ['create apps deployments', 'L2', 'L2'],
    ['create extensions deployments', '', ''],
    ['update - pods', 'L3', 'L3'],
    ['patch - pods/ephemeralcontainers', 'L4', 'L4'],
    ['patch - */ephemeralcontainers', 'L4', 'L4'],
    ['get - pods/exec', 'L5', 'L5'],
    ['create - pods/exec a', 'L5', 'L5'],
    ['create - pods/attach', 'L5', 'L5'],
    ['get - nodes/proxy', '', 'L6'],
    ['get - nodes/proxy node-a', '', 'L6'],
    ['get - */proxy', 'L7', 'L6 L7'],
    ['create - pods/portforward', 'L7', 'L7'],
    ['patch argoproj.io rollouts', 'L8', 'L8'],
    ['create tekton.dev tasks', 'L8', 'L8'],
    ['create argoproj.io clusterworkflowtemplates', '', 'L8'],
    ['update apps deployments/scale', 'L9', 'L9'],
    ['patch example.com widgets/scale', 'L9', 'L9'],
    ['create - serviceaccounts/token', 'L10', 'L10'],
    ['list - secrets a', 'L11', 'L11'],
    ['update - secrets', 'L12', 'L12'],
    ['impersonate - serviceaccounts', 'L13', 'L13'],
    ['impersonate - users', '', 'L13'],
    ['impersonate authentication.k8s.io userextras/scopes', '', 'L13'],
    ['impersonate:serviceaccount authentication.k8s.io serviceaccounts', 'L13', 'L13'],
    ['impersonate:user-info authentication.k8s.io users jane', '', 'L13'],
    ['impersonate:user-info - users', '', ''],
    ['impersonate:arbitrary-node authentication.k8s.io nodes', '', 'L13'],
    ['impersonate-on:user-info:create - pods', '', ''],
    [`bind ${rbac} clusterroles`, 'L14', 'L14'],
    [`create ${rbac} rolebindings`, 'L14', 'L14'],
    [`create ${rbac} clusterrolebindings`, '', 'L14'],
    [`patch ${rbac} roles`, 'L15', 'L15'],
    [`escalate ${rbac} clusterroles`, '', 'L15'],
    ['create certificates.k8s.io certificatesigningrequests', '', ''],
    ['* certificates.k8s.io *', '', 'L16'],
    ['* certificates.k8s.io certificatesigningrequests,certificatesigningrequests/approval', '', ''],
    ['delete admissionregistration.k8s.io validatingwebhookconfigurations', '', 'L17'],
    ['patch - namespaces', 'L18', 'L18'],
    ['patch - nodes', '', 'L20'],
    ['create - pods/binding', 'L20', 'L20'],
    ['create - persistentvolumes', '', 'L21'],
    ['get,list,watch - pods', '', ''],
    ['get - pods/log', '', ''],
    ['* - pods', 'L1 L3', 'L1 L3'],
  ])('%s', (rule, local, cluster) => {
    const snapshot = snapshotOf(
      namespace('shop'),
      namespace('other'),
      role('', 'r', rule),
      binding('shop', 'local', 'r', jane),
      binding('', 'cluster', 'r', 'User joe'),
    );
    const analysis = new RbacAnalysis(snapshot, undefined);
    expect(pathsOf(analysis, jane, 'shop').join(' ')).toBe(local);
    expect(pathsOf(analysis, jane, 'other')).toEqual([]);
    expect(pathsOf(analysis, 'User joe', 'other').join(' ')).toBe(cluster);
  });
});

// By hand, from kubernetes.io/docs/reference/access-authn-authz/rbac ("User-facing roles").
test.each<[name: string, local: string, cluster: string]>([
  ['view', '', ''],
  ['edit', 'L1 L2 L3 L5 L7 L9 L10 L11 L12 L13', 'L1 L2 L3 L5 L7 L9 L10 L11 L12 L13'],
  ['admin', 'L1 L2 L3 L5 L7 L9 L10 L11 L12 L13 L14 L15', 'L1 L2 L3 L5 L7 L9 L10 L11 L12 L13 L14 L15'],
  [
    'cluster-admin',
    'L1 L2 L3 L4 L5 L7 L8 L9 L10 L11 L12 L13 L14 L15 L18 L20 L23',
    'L1 L2 L3 L4 L5 L6 L7 L8 L9 L10 L11 L12 L13 L14 L15 L16 L17 L18 L20 L21 L23',
  ],
])('the built-in role %s', (name, local, cluster) => {
  const snapshot = snapshotOf(namespace('shop'), binding('shop', 'a', name, jane), binding('', 'b', name, 'User joe'));
  const analysis = new RbacAnalysis(snapshot, undefined);
  expect(pathsOf(analysis, jane, 'shop').join(' ')).toBe(local);
  expect(pathsOf(analysis, 'User joe', 'shop').join(' ')).toBe(cluster);
});

test.each([
  ['update - configmaps', 'seawall', 'L19'],
  ['update - configmaps seawall-policy', 'seawall', 'L19'],
  ['update - configmaps kube-root-ca.crt', 'seawall', ''],
  ['create - pods/eviction', 'seawall', 'L19'],
  ['patch discovery.k8s.io endpointslices', 'seawall', 'L22'],
  ['patch coordination.k8s.io leases', 'seawall', 'L22'],
  ['update - configmaps', 'shop', ''],
])('%s in %s is %s', (rule, where, expected) => {
  const analysis = new RbacAnalysis(snapshotOf(role('', 'r', rule), binding(where, 'b', 'r', jane)), 'seawall');
  expect(pathsOf(analysis, jane, where).join(' ')).toBe(expected);
});

describe('from one account to the next', () => {
  /** The chain to L6, which ServiceAccount ops/kubelet holds everywhere. */
  const chainTo = (...objects: readonly JsonObject[]): string => {
    const analysis = new RbacAnalysis(
      snapshotOf(
        account('ops', 'kubelet'),
        role('', 'reach', 'get - nodes/proxy'),
        binding('', 'reach', 'reach', 'ServiceAccount ops/kubelet'),
        ...objects,
      ),
      undefined,
    );
    const holder = analysis.holders.find(({ subject }) => subjectText(subject) === jane);
    const l6 = analysis.paths.findIndex(({ id }) => id === 'L6');
    const chain = holder === undefined ? undefined : analysis.reach(holder).get(l6)?.chain;
    return (chain ?? []).map((step) => explainedText(analysis.explain(step))).join(' -> ');
  };
  const by = '(Role ops/r, by RoleBinding ops/b)';

  test.each<[what: string, rule: string, chain: string]>([
    ['a token', 'create - serviceaccounts/token', `makes a token of ServiceAccount ops/kubelet, in ops ${by}`],
    [
      'a token by name',
      'create - serviceaccounts/token kubelet',
      `makes a token of ServiceAccount ops/kubelet, in ops ${by}`,
    ],
    ['a token of another', 'create - serviceaccounts/token else', ''],
    ['impersonation', 'impersonate - serviceaccounts', `impersonates ServiceAccount ops/kubelet, in ops ${by}`],
    ['a pod', 'create - pods', `creates a pod that runs as ServiceAccount ops/kubelet, in ops ${by}`],
    ['a workload', 'patch apps deployments', `has a workload run as ServiceAccount ops/kubelet, in ops ${by}`],
    ['Secrets', 'list - secrets', `may find a token of ServiceAccount ops/kubelet among the Secrets, in ops ${by}`],
    ['an exec', 'create - pods/exec', `gets into a pod that runs as ServiceAccount ops/kubelet, in ops ${by}`],
    [
      'an exec into a pod by name',
      'create - pods/exec of-kubelet',
      `gets into a pod that runs as ServiceAccount ops/kubelet, in ops ${by}`,
    ],
    ['an exec into another pod', 'create - pods/exec else', ''],
    [
      'a container put into a pod by name',
      'patch - pods/ephemeralcontainers of-kubelet',
      `puts a container into a pod that runs as ServiceAccount ops/kubelet, in ops ${by}`,
    ],
    ['a container put into another pod', 'patch - pods/ephemeralcontainers else', ''],
    ['nothing', 'get - pods', ''],
  ])('%s', (_, rule, chain) => {
    expect(chainTo(role('ops', 'r', rule), binding('ops', 'b', 'Role r', jane), pod('ops', 'kubelet'))).toBe(chain);
  });

  test('an exec leads only to accounts that pods run as', () => {
    const objects = [role('ops', 'r', 'create - pods/exec'), binding('ops', 'b', 'Role r', jane)];
    expect(chainTo(...objects, pod('ops', 'default'))).toBe('');
  });

  test('bind and the right to write bindings give everything, one of them does not', () => {
    const both = [`bind ${rbac} clusterroles`, `create ${rbac} clusterrolebindings`];
    const clusterWide = binding('', 'b', 'r', jane);
    expect(chainTo(role('', 'r', ...both), clusterWide)).toBe(
      'binds a role with every right to itself (ClusterRole r, by ClusterRoleBinding b)',
    );
    for (const one of both) expect(chainTo(role('', 'r', one), clusterWide)).toBe('');
  });

  test('escalate with the right to change its own role gives everything', () => {
    const rule = `escalate,update ${rbac} clusterroles`;
    const words = 'writes every right into its own ClusterRole (ClusterRole r, by ClusterRoleBinding b)';
    expect(chainTo(role('', 'r', rule), binding('', 'b', 'r', jane))).toBe(words);
    expect(chainTo(role('', 'r', `${rule} r`), binding('', 'b', 'r', jane))).toBe(words);
    expect(chainTo(role('', 'r', `${rule} other`), binding('', 'b', 'r', jane))).toBe('');
  });

  test('a group is impersonated only beside a user', () => {
    const groups = 'impersonate - groups system:masters';
    expect(chainTo(role('', 'r', groups), binding('', 'b', 'r', jane))).toBe('');
    expect(chainTo(role('', 'r', groups, 'impersonate - users x'), binding('', 'b', 'r', jane))).toBe(
      'impersonates a member of Group system:masters (ClusterRole r, by ClusterRoleBinding b)',
    );
  });

  const links = (count: number): JsonObject[] =>
    Array.from({ length: count }, (_, index) => [
      role(`n${index}`, 'r', 'create - serviceaccounts/token'),
      account(`n${index}`, 'a'),
      ...(index + 1 < count ? [binding(`n${index + 1}`, 'b', 'Role r', `ServiceAccount n${index}/a`)] : []),
    ]).flat();

  test.each([
    [3, 4],
    [4, 0],
  ])('a chain over %d accounts more has %d steps: four are the most', (count, steps) => {
    const chain = chainTo(
      ...links(count),
      binding('n0', 'b', 'Role r', jane),
      role('ops', 'r', 'create - serviceaccounts/token'),
      binding('ops', 'b', 'Role r', `ServiceAccount n${count - 1}/a`),
    );
    expect(chain === '' ? 0 : chain.split(' -> ').length).toBe(steps);
  });
});

test('who could launch a pod in a namespace, and what to take from whom', () => {
  const analysis = new RbacAnalysis(
    snapshotOf(
      account('shop', 'robot'),
      binding('shop', 'devs', 'edit', 'Group devs', jane),
      binding('', 'robot', 'cluster-admin', 'ServiceAccount shop/robot'),
      binding('other', 'x', 'edit', 'User joe'),
    ),
    undefined,
  );
  const found = whoCouldLaunch(analysis, 'shop').map(
    ({ subject, isDirect, ways }) =>
      `${subjectText(subject)} ${isDirect ? 'direct' : 'over'} ${ways.map(({ path }) => path.id).join(',')}`,
  );
  expect(found).toEqual([
    'Group devs direct L1,L2,L3,L5,L9,L4,L6,L8,L23',
    'User jane direct L1,L2,L3,L5,L9,L4,L6,L8,L23',
    'ServiceAccount shop/robot direct L1,L2,L3,L4,L5,L6,L8,L9,L23',
    'Group system:masters direct L1,L2,L3,L4,L5,L6,L8,L9,L23',
  ]);
  const [tightening] = tightenings(analysis, { kind: 'User', namespace: '', name: 'jane' }, 'L1');
  expect(tightening).toMatchObject({ role: { name: 'edit' }, gives: 'create pods' });
  expect(tightening?.rules).toHaveLength(1);
  expect(tightening?.others.map(({ subject }) => subjectText(subject))).toEqual(['Group devs', 'User joe']);
});

/** The evaluator is held against the API server; here the paths are held against the evaluator. */
test.each([1, 2, 3, 4, 5])(
  'a path is held where, and only where, the evaluator allows a request of it (seed %d)',
  (seed) => {
    const objects = hostileObjects(new Dice(seed), 60).map((object) => object as JsonObject);
    const snapshot = collectRbac([...objects, namespace('default'), namespace('quiet')], false);
    const analysis = new RbacAnalysis(snapshot, undefined);
    const authorizer = new Authorizer(snapshot.objects);
    const simple = analysis.paths.filter(({ parts, where }) => parts.length === 1 && where === undefined);
    let held = 0;
    for (const holder of analysis.holders) {
      if (holder.subject.name === 'system:masters') continue;
      const { kind, name } = holder.subject;
      const identity =
        kind === 'Group'
          ? { user: '-', groups: [name] }
          : { user: kind === 'User' ? name : `system:serviceaccount:${holder.subject.namespace}:${name}`, groups: [] };
      for (const path of simple) {
        if (path.id === 'L9' || path.id === 'L13') continue;
        for (const where of ['default', 'shop', 'quiet']) {
          const allowed = (path.parts[0] ?? []).some(({ verbs, group, resources, scope }) =>
            verbs.some((verb) =>
              resources.some((wanted) => {
                const [resource = '', subresource = ''] = wanted.split('/');
                const asked = { verb, group, resource, subresource, namespace: scope === 'cluster' ? '' : where };
                const isCreate = subresource === '' && ['create', 'deletecollection'].includes(verb);
                const names = isCreate || path.id === 'L23' ? [''] : ['', 'a', 'b', 'web', 'A', '*', 'a.b'];
                return (
                  names.some((each) => authorizer.authorize(identity, { ...asked, name: each }).allowed) ||
                  (verb === 'create' &&
                    isCreate &&
                    path.id !== 'L23' &&
                    ['a', 'b', 'web', 'A', '*', 'a.b'].some((each) =>
                      ['create', 'patch'].every(
                        (one) => authorizer.authorize(identity, { ...asked, verb: one, name: each }).allowed,
                      ),
                    ))
                );
              }),
            ),
          );
          if (allowed) held += 1;
          expect([seed, subjectText(holder.subject), path.id, where, analysis.holds(holder, path.id, where)]).toEqual([
            seed,
            subjectText(holder.subject),
            path.id,
            where,
            allowed,
          ]);
        }
      }
    }
    expect(held).toBeGreaterThan(20);
  },
);

test.each([1, 2, 3, 4, 5, 6])(
  'whoever holds the same shares a search, with the answer of a search of its own (seed %d)',
  (seed) => {
    const objects = hostileObjects(new Dice(seed), 25).map((object) => object as JsonObject);
    // Everybody has a twin.
    const doubled = objects.map((object) => {
      const subjects = asList(object['subjects']).map(asObject);
      if (subjects.length === 0) return object;
      return {
        ...object,
        subjects: [...subjects, ...subjects.map((each) => ({ ...each, name: `${asString(each['name'])}-2` }))],
      };
    });
    const snapshot = collectRbac([...doubled, ...['default', 'shop', 'team-a'].map((name) => namespace(name))], false);
    const told = (analysis: RbacAnalysis, at: number, where: string | undefined): unknown[] => {
      const holder = analysis.holders[at];
      if (holder === undefined) return [];
      return [...analysis.reach(holder, where)].map(([path, { scopes, chain, more }]) => [
        path,
        [...analysis.scopes.of(scopes)],
        chain.map((step) => `${subjectText(step.from.subject)}: ${explainedText(analysis.explain(step))}`),
        more,
      ]);
    };
    const shared = new RbacAnalysis(snapshot, undefined);
    let reached = 0;
    for (const [at, holder] of shared.holders.entries()) {
      for (const where of [undefined, 'shop']) {
        const own = told(new RbacAnalysis(snapshot, undefined), at, where);
        reached += own.length;
        expect([subjectText(holder.subject), where, told(shared, at, where)]).toEqual([
          subjectText(holder.subject),
          where,
          own,
        ]);
      }
    }
    expect(reached).toBeGreaterThan(0);
  },
);

describe('custom kinds by the schema of their definition', () => {
  const container = { properties: { image: { type: 'string' }, command: { type: 'array' } } };
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const crd = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      names: { kind: 'Widget', plural: 'widgets' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', schema: { openAPIV3Schema: { properties: { spec: { properties } } } } }],
      ...more,
    },
  });
  const deep = { template: { properties: { spec: { properties: { containers: { items: container } } } } } };
  let bottomless: JsonObject = deep;
  for (let level = 0; level < 5_000; level += 1) bottomless = { inner: { properties: bottomless } };

  test.each<[what: string, definition: JsonObject, local: string, cluster: string]>([
    ['a pod template', crd(deep), 'L8', 'L8'],
    ['one far down', crd(bottomless), 'L8', 'L8'],
    ['one in a map', crd({ roles: { additionalProperties: { properties: deep } } }), 'L8', 'L8'],
    ['one whose fields are not told', crd({ template: open }), 'L8', 'L8'],
    ['containers whose fields are not told', crd({ containers: { items: open } }), 'L8', 'L8'],
    ['steps', crd({ steps: { items: container } }), 'L8', 'L8'],
    ['a kind of the cluster', crd(deep, { scope: 'Cluster' }), '', 'L8'],
    ['an image alone', crd({ image: { type: 'string' } }), '', ''],
    ['containers that are names', crd({ containers: { items: { type: 'string' } } }), '', ''],
    ['any field of another name', crd({ settings: open }), '', ''],
    ['no schema', crd({}, { versions: [{ name: 'v1' }] }), '', ''],
    ['names that are none', crd({ __proto__: open, constructor: { items: open } }), '', ''],
  ])('%s', (_, definition, local, cluster) => {
    const objects = [
      namespace('shop'),
      definition,
      role('', 'r', 'create example.com widgets'),
      binding('shop', 'local', 'r', jane),
      binding('', 'cluster', 'r', 'User joe'),
    ];
    for (const isWhole of [true, false]) {
      const analysis = new RbacAnalysis(collectRbac(objects, isWhole), undefined);
      expect(pathsOf(analysis, jane, 'shop').join(' ')).toBe(local);
      expect(pathsOf(analysis, 'User joe', 'shop').join(' ')).toBe(cluster);
    }
  });

  test.each([
    [false, 'L8'],
    [true, ''],
  ])('files with one definition do not tell that there are no others (whole: %s)', (isWhole, expected) => {
    const objects = [crd({}), role('shop', 'r', 'create argoproj.io rollouts'), binding('shop', 'b', 'Role r', jane)];
    const analysis = new RbacAnalysis(collectRbac(objects, isWhole), undefined);
    expect(pathsOf(analysis, jane, 'shop').join(' ')).toBe(expected);
  });
});
