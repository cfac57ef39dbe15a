// Needs the control plane level. The launch paths of a real cluster: its built-in roles, its rights, its admission.
import { asList, asObject } from '../../src/policy/json.ts';
import { builtInRoles } from '../../src/rbac/built-in-roles.ts';
import { ruleOf } from '../../src/rbac/objects.ts';
import type { CommandResult } from '../support/command-io.ts';
import { runCommand } from '../support/command-io.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';

const rbac = 'rbac.authorization.k8s.io';
const user = (name: string): object => ({ kind: 'User', apiGroup: rbac, name });
const bind = (name: string, role: string, subject: object, namespace?: string): object => ({
  apiVersion: `${rbac}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects: [subject],
});
interface Told {
  readonly partial: readonly { readonly what: string; readonly reason: string }[];
  readonly dangling: readonly { readonly missing: string }[];
  readonly notes: readonly string[];
  readonly summary: { readonly system: number };
  readonly subjects: readonly {
    readonly subject: { readonly kind: string; readonly namespace?: string; readonly name: string };
    readonly system: boolean;
    readonly paths: readonly {
      readonly id: string;
      readonly direct: boolean;
      readonly everywhere: boolean;
      readonly namespaces: readonly string[];
      readonly effects: readonly {
        readonly state: string;
        readonly reason: string;
        readonly namespaces: readonly string[];
      }[];
      readonly grants: readonly { readonly role: object; readonly bindings: readonly object[] }[];
      readonly chain?: readonly { readonly words: string }[];
    }[];
  }[];
}

describeLevel('control plane', 'seawall investigate rbac', () => {
  let cluster: ControlPlane;
  let told: Told;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await cluster.apply([
      ...['shop', 'held', 'quiet'].map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, ...(name === 'held' && { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } }) },
      })),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'shop' } },
      bind('editor', 'edit', user('editor'), 'shop'),
      bind('admin', 'admin', user('admin'), 'shop'),
      bind('viewer', 'view', user('viewer'), 'shop'),
      bind('owner', 'cluster-admin', user('owner'), 'shop'),
      bind('global-editor', 'edit', user('global-editor')),
      bind('robot', 'cluster-admin', { kind: 'ServiceAccount', namespace: 'shop', name: 'robot' }),
      bind('ghost', 'edit', { kind: 'ServiceAccount', namespace: 'shop', name: 'ghost' }, 'shop'),
      bind('nowhere', 'gone', user('nobody')),
      bind('system:controller:disguised', 'cluster-admin', {
        kind: 'ServiceAccount',
        namespace: 'kube-system',
        name: 'disguised',
      }),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'disguised', namespace: 'kube-system' } },
    ]);
    told = read(await audit(['-o', 'json']));
  }, startTimeoutMs);

  afterAll(() => cluster.stop());

  const audit = (
    argv: readonly string[],
    command: readonly string[] = ['investigate', 'rbac'],
  ): Promise<CommandResult> => runCommand([...command, '--kubeconfig', cluster.kubeconfig, ...argv]);

  function read({ stdout, stderr, code }: CommandResult): Told {
    if (code !== 0 && code !== 4) throw new Error(`${code}: ${stderr}`);
    return JSON.parse(stdout) as Told;
  }

  function pathsOf(name: string, direct: boolean, from = told): string[] {
    const found = from.subjects.find(({ subject }) => subject.name === name);
    return (found?.paths ?? []).filter((path) => path.direct === direct).map(({ id }) => id);
  }

  const ofEdit = 'L1 L2 L3 L5 L7 L9 L10 L11 L12 L13';

  // By hand, from kubernetes.io/docs/reference/access-authn-authz/rbac ("User-facing roles").
  test.each([
    ['viewer', ''],
    ['editor', ofEdit],
    ['admin', `${ofEdit} L14 L15`],
    ['owner', 'L1 L2 L3 L4 L5 L7 L8 L9 L10 L11 L12 L13 L14 L15 L18 L20 L23'],
    ['global-editor', ofEdit],
  ])('what the built-in role of %s gives', (name, expected) => {
    expect(
      pathsOf(name, true)
        .sort((one, other) => Number(one.slice(1)) - Number(other.slice(1)))
        .join(' '),
    ).toBe(expected);
  });

  test('the built-in roles that files bind to are those of a cluster', async () => {
    for (const { name, rules } of builtInRoles) {
      const { body } = await cluster.request('GET', `/apis/${rbac}/v1/clusterroles/${name}`);
      const real = asList(asObject(body)['rules']).map((rule) => JSON.stringify(ruleOf(asObject(rule))));
      expect([name, rules.map((rule) => JSON.stringify(rule)).sort()]).toEqual([name, real.sort()]);
    }
  });

  test('parts of Kubernetes are folded, and one that only has such a name is not', () => {
    const isSystem = (name: string): boolean | undefined =>
      told.subjects.find(({ subject }) => subject.name === name)?.system;
    expect(isSystem('disguised')).toBe(false);
    expect(isSystem('daemon-set-controller')).toBe(true);
    expect(isSystem('system:masters')).toBe(true);
    expect(
      told.subjects
        .filter(({ system }) => !system)
        .map(({ subject }) => subject.name)
        .sort(),
    ).toEqual(['admin', 'disguised', 'editor', 'ghost', 'global-editor', 'owner', 'robot']);
  });

  test('what dangles is told', () => {
    const missing = told.dangling.map((each) => each.missing);
    expect(missing).toEqual(expect.arrayContaining(['ClusterRole gone', 'ServiceAccount shop/ghost']));
  });

  test('Pod Security refuses where the label says so', () => {
    const found = told.subjects.find(({ subject }) => subject.name === 'global-editor');
    const effects = found?.paths.find(({ id, direct }) => id === 'L1' && direct)?.effects ?? [];
    expect(effects.find(({ state }) => state === 'refused-by-pod-security')?.namespaces).toEqual(['held']);
  });

  test('one person, over both names of the command; and a missing right makes the answer partial', async () => {
    const one = await audit(['--as', 'editor', '-n', 'shop', '-o', 'json'], ['who']);
    expect(one.code).toBe(0);
    expect(read(one).subjects.map(({ subject }) => subject.name)).toEqual(['editor']);
    const token = await cluster.serviceAccountToken('quiet', 'blind');
    const kubeconfig = cluster.writeKubeconfig('blind', { kind: 'token', token });
    const blind = await runCommand(['who', '--kubeconfig', kubeconfig, '-n', 'typo', '-o', 'json']);
    expect(blind.code).toBe(4);
    expect(blind.stderr).toContain(
      'not seen: clusterroles: the right to list clusterroles.rbac.authorization.k8s.io is missing',
    );
  });

  test('a namespace that is not there is no empty answer', async () => {
    expect(await audit(['-n', 'typo'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'seawall: typo: the cluster has no namespace of this name (kubectl get namespaces)\n',
    });
    expect((await audit(['-n', 'quiet', '-o', 'json'])).code).toBe(0);
  });
});
