// Needs the control plane level. What an audit reads of a real cluster, against what kubectl counts in it.
import { spawnSync } from 'node:child_process';
import { scanCluster } from '../../src/audit/scan-cluster.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import type { ApiClient } from '../../src/cluster/api.ts';
import { ApiError } from '../../src/cluster/api.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { runCommand } from '../support/command-io.ts';
import type { Fields } from '../support/pods.ts';
import { benignImage, container, podSpec } from '../support/pods.ts';
import { administrator, withHeaders } from './client/credentials-of.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

interface Told {
  readonly summary: { readonly objects: number; readonly denied: number };
  readonly findings: readonly {
    readonly rule: string;
    readonly object: { readonly kind: string; readonly name: string; readonly namespace: string };
    readonly owner?: { readonly kind: string; readonly name: string };
    readonly pods?: { readonly total: number; readonly names: readonly string[] };
  }[];
  readonly recreateRisk: readonly {
    readonly owner: { readonly kind: string; readonly name: string };
    readonly pods: number;
  }[];
  readonly coverage?: readonly {
    readonly namespace: string;
    readonly way: string;
    readonly state: string;
    readonly reason?: string;
  }[];
  readonly partial?: readonly { readonly what: string; readonly reason: string }[];
}

const labels = { app: 'x' };
const selector = { matchLabels: labels };
const spec = podSpec({ hostNetwork: true });
const template = { metadata: { labels }, spec };
const ending = { ...template, spec: { ...spec, restartPolicy: 'Never' } };
const workload = (apiVersion: string, kind: string, name: string, fields: Fields, metadata: Fields = {}): Fields => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop', ...metadata },
  ...fields,
});

/** A CRD with a pod template: one that Seawall knows, and one that it does not. */
const crd = (group: string, kind: string, plural: string): Fields => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

const workloads: readonly Fields[] = [
  workload('apps/v1', 'Deployment', 'deployment', {
    spec: { replicas: 2, strategy: { type: 'Recreate' }, selector, template },
  }),
  workload('apps/v1', 'ReplicaSet', 'replicaset', {
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'rs' } },
      template: { ...template, metadata: { labels: { app: 'rs' } } },
    },
  }),
  workload('apps/v1', 'StatefulSet', 'statefulset', { spec: { replicas: 1, serviceName: 's', selector, template } }),
  workload('apps/v1', 'DaemonSet', 'daemonset', { spec: { selector, template } }),
  workload('v1', 'ReplicationController', 'controller', {
    spec: { replicas: 1, selector: { app: 'rc' }, template: { ...template, metadata: { labels: { app: 'rc' } } } },
  }),
  workload('batch/v1', 'Job', 'job', { spec: { template: { spec: ending.spec } } }),
  workload('batch/v1', 'CronJob', 'cronjob', {
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: { spec: ending.spec } } } },
  }),
  workload('v1', 'PodTemplate', 'podtemplate', { template }),
  workload('v1', 'Pod', 'bare', { spec }),
  workload('v1', 'Pod', 'clean', { spec: podSpec() }),
  workload('v1', 'Pod', 'ended', { spec: podSpec({ hostPID: true }) }),
  workload('argoproj.io/v1alpha1', 'Rollout', 'rollout', { spec: { replicas: 1, selector, template } }),
];

describeLevel('control plane', 'seawall audit', () => {
  let cluster: ControlPlane;
  let client: ApiClient;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true, apiServerFlags: ['--etcd-compaction-interval=1s'] });
    client = createApiClient(administrator(cluster));
    await cluster.apply([
      ...['shop', 'quiet', 'closed'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
      crd('argoproj.io', 'Rollout', 'rollouts'),
      crd('example.com', 'Widget', 'widgets'),
    ]);
    await waitUntil('the custom kinds', () => has('/apis/argoproj.io/v1alpha1/rollouts'));
    await waitUntil('the custom kinds', () => has('/apis/example.com/v1alpha1/widgets'));
    await waitUntil('the ServiceAccounts', () => has('/api/v1/namespaces/shop/serviceaccounts/default'));
    await cluster.apply([...workloads]);
    await runCronJob();
    await applyOwned();
    // The Deployment gets a second revision, and the first one zero replicas.
    const second = {
      spec: {
        template: { spec: { containers: [container({ image: benignImage, env: [{ name: 'A', value: 'b' }] })] } },
      },
    };
    await client.request('PATCH', '/apis/apps/v1/namespaces/shop/deployments/deployment', {
      contentType: 'application/strategic-merge-patch+json',
      body: second,
    });
    await waitUntil('all pods', podsAreThere);
  }, startTimeoutMs);
  afterAll(async () => {
    client.close();
    await cluster.stop();
  });

  async function has(path: string): Promise<true> {
    await client.request('GET', path);
    return true;
  }

  /** The CronJob's Job, as its controller makes it each minute. */
  async function runCronJob(): Promise<void> {
    const { code, stderr } = await cluster.kubectl([
      'create',
      'job',
      '-n',
      'shop',
      '--from=cronjob/cronjob',
      'cronjob-1',
    ]);
    if (code !== 0) throw new Error(stderr);
  }

  /** A Rollout's ReplicaSet and a Widget's pods, whose controllers are not here; and a mirror pod. */
  async function applyOwned(): Promise<void> {
    const { body } = await client.request('GET', '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/rollout');
    const { uid } = body['metadata'] as { uid: string };
    await cluster.apply([
      workload(
        'apps/v1',
        'ReplicaSet',
        'rollout-1',
        {
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'ro' } },
            template: { ...template, metadata: { labels: { app: 'ro' } } },
          },
        },
        {
          ownerReferences: [
            { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'rollout', uid, controller: true },
          ],
        },
      ),
      workload('example.com/v1alpha1', 'Widget', 'widget', { spec: {} }),
    ]);
    const widget = await client.request('GET', '/apis/example.com/v1alpha1/namespaces/shop/widgets/widget');
    const node = await client.request('GET', '/api/v1/nodes/node-a');
    const uidOf = ({ body: { metadata } }: typeof widget) => (metadata as { uid: string }).uid;
    const owned = (apiVersion: string, kind: string, name: string, uid_: string) => ({
      ownerReferences: [{ apiVersion, kind, name, uid: uid_, controller: true }],
    });
    await cluster.apply([
      workload('v1', 'Pod', 'widget-1', { spec }, owned('example.com/v1alpha1', 'Widget', 'widget', uidOf(widget))),
      workload(
        'v1',
        'Pod',
        'etcd-node-a',
        { spec: { ...spec, nodeName: 'node-a' } },
        {
          ...owned('v1', 'Node', 'node-a', uidOf(node)),
          annotations: { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' },
        },
      ),
    ]);
    await client.request('PATCH', '/api/v1/namespaces/shop/pods/ended/status', {
      contentType: 'application/merge-patch+json',
      body: { status: { phase: 'Failed' } },
    });
  }

  async function podsAreThere(): Promise<true | undefined> {
    const names = (await stored('pods')).map(({ metadata }) => metadata.name);
    const wanted = ['replicaset-', 'statefulset-0', 'daemonset-', 'controller-', 'job-', 'cronjob-1-', 'rollout-1-'];
    if (!wanted.every((start) => names.some((name) => name.startsWith(start)))) return undefined;
    const sets = await stored('replicasets.apps');
    const old = sets.filter(({ metadata, spec: own }) => metadata.name.startsWith('deployment-') && own.replicas === 0);
    const deployed = names.filter((name) => name.startsWith('deployment-'));
    return old.length === 1 && deployed.length === 2 ? true : undefined;
  }

  interface Stored {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: { readonly replicas?: number; readonly hostNetwork?: boolean; readonly hostPID?: boolean };
  }

  /** All objects of a kind, as kubectl tells them. */
  async function stored(kind: string): Promise<readonly Stored[]> {
    const { stdout } = await cluster.kubectl(['get', kind, '-A', '-o', 'json']);
    return (JSON.parse(stdout) as { items: readonly Stored[] }).items;
  }

  async function audit(...flags: readonly string[]) {
    const result = await runCommand(['audit', '--kubeconfig', cluster.kubeconfig, '-o', 'json', ...flags]);
    const report = result.stdout === '' ? undefined : (JSON.parse(result.stdout) as Told);
    return { ...result, report };
  }

  const ownersOf = (report: Told | undefined, rule: string) =>
    (report?.findings ?? [])
      .filter((finding) => finding.rule === rule)
      .map(({ object, owner = object, pods }) => `${owner.kind} ${owner.name} ${pods?.total ?? 0}`)
      .toSorted();

  test('every kind of workload is told once, on the object at the upper end of its owners', async () => {
    const { code, stderr, report } = await audit();
    expect(stderr).toMatch(/^context \S+: read \d+ pods and \d+ templates; each kind as of one moment\n$/);
    expect(code).toBe(0);
    expect(ownersOf(report, 'host-network')).toEqual([
      'CronJob cronjob 1',
      'DaemonSet daemonset 1',
      'Deployment deployment 2',
      'Job job 1',
      'Node node-a 1',
      'Pod bare 1',
      'PodTemplate podtemplate 0',
      'ReplicaSet replicaset 1',
      'ReplicationController controller 1',
      'Rollout rollout 1',
      'StatefulSet statefulset 1',
      'Widget widget 1',
    ]);
    expect(ownersOf(report, 'host-pid')).toEqual(['Pod ended 1']);
  });

  test('the totals are those that kubectl counts', async () => {
    const { report, stderr } = await audit();
    const pods = await stored('pods');
    const kinds = ['deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs', 'podtemplates', 'rc', 'rollouts'];
    const others = await Promise.all(kinds.map(stored));
    const sets = (await stored('replicasets.apps')).filter(({ spec: own }) => own.replicas !== 0);
    const templates = others.flat().length + sets.length;
    expect(stderr).toContain(`read ${pods.length} pods and ${templates} templates;`);
    const seen = (report?.findings ?? []).reduce(
      (sum, { rule, pods: of }) => sum + (rule === 'host-network' ? (of?.total ?? 0) : 0),
      0,
    );
    expect(seen).toBe(pods.filter(({ spec: own }) => own.hostNetwork === true).length);
  });

  test('each rule is told of as many pods as jq finds in what kubectl prints', async () => {
    const { report } = await audit();
    const { stdout } = await cluster.kubectl(['get', 'pods', '-A', '-o', 'json']);
    const told = (rule: string) =>
      (report?.findings ?? []).reduce((sum, { rule: of, pods }) => sum + (of === rule ? (pods?.total ?? 0) : 0), 0);
    const counted = {
      'host-network': '[.items[] | select(.spec.hostNetwork)] | length',
      'host-pid': '[.items[] | select(.spec.hostPID)] | length',
      'net-raw-default':
        '[.items[] | select(.spec.hostNetwork and (.spec.containers | any(.securityContext.capabilities.drop == null)))] | length',
    };
    for (const [rule, filter] of Object.entries(counted)) {
      const jq = spawnSync('jq', [filter], { input: stdout, encoding: 'utf8' });
      expect([rule, jq.stdout.trim()]).toEqual([rule, String(told(rule))]);
    }
  });

  test('what would be refused if it were created now: neither what has ended nor what only a kubelet runs', async () => {
    const { code, report } = await audit('--enforce-check');
    expect(code).toBe(3);
    expect(report?.recreateRisk.map(({ owner, pods }) => `${owner.kind} ${owner.name} ${pods}`).toSorted()).toEqual([
      'CronJob cronjob 1',
      'DaemonSet daemonset 1',
      'Deployment deployment 2',
      'Job job 1',
      'Pod bare 1',
      'ReplicaSet replicaset 1',
      'ReplicationController controller 1',
      'Rollout rollout 1',
      'StatefulSet statefulset 1',
      'Widget widget 1',
    ]);
  });

  test('the dump of the same cluster gives the same findings', async () => {
    const kinds = 'pods,deployments,replicasets,statefulsets,daemonsets,rc,jobs,cronjobs,podtemplates,rollouts';
    const { stdout: dump } = await cluster.kubectl(['get', kinds, '-A', '-o', 'json']);
    const live = await audit();
    const { stdout } = await runCommand(['audit', '--from', '-', '-o', 'json'], { stdin: dump });
    expect((JSON.parse(stdout) as Told).findings).toEqual(live.report?.findings);
    expect((JSON.parse(stdout) as Told).summary).toEqual(live.report?.summary);
  });

  test('one namespace, and one that is not there', async () => {
    const quiet = await audit('-n', 'quiet');
    expect([quiet.code, quiet.report?.summary.objects]).toEqual([0, 0]);
    const none = await audit('-n', 'none');
    expect(none.code).toBe(4);
    expect(none.report?.partial).toMatchObject([{ what: 'namespace none', reason: 'there is no such namespace' }]);
  });

  test('without webhooks nothing is covered, and with them it is', async () => {
    const ofPods = (report: Told | undefined) =>
      report?.coverage?.filter(({ way }) => way === 'pods').map(({ namespace, state }) => `${namespace} ${state}`);
    const before = await audit('-n', 'shop');
    expect(ofPods(before.report)).toEqual(['shop open']);
    const webhook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'seawall-pods' },
      webhooks: [
        {
          name: 'pods.seawall.dev',
          clientConfig: {
            url: 'https://127.0.0.1:1/validate',
            caBundle: Buffer.from(cluster.ca.certificate).toString('base64'),
          },
          rules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['quiet'] }],
          },
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
        },
      ],
    };
    await cluster.apply(webhook);
    const { report } = await audit();
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'seawall-pods']);
    expect(ofPods(report)).toEqual(expect.arrayContaining(['quiet enforced', 'shop open']));
  });

  /** A role of one user, in the whole cluster or in namespaces. */
  async function grant(user: string, rules: readonly object[], namespaces?: readonly string[]): Promise<void> {
    const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }];
    const rbac = 'rbac.authorization.k8s.io';
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: user };
    await cluster.apply([
      { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: user }, rules },
      ...(namespaces === undefined
        ? [{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: user }, subjects, roleRef }]
        : namespaces.map((namespace) => ({
            apiVersion: `${rbac}/v1`,
            kind: 'RoleBinding',
            metadata: { name: user, namespace },
            subjects,
            roleRef,
          }))),
    ]);
  }
  const list = (apiGroups: readonly string[], resources: readonly string[]) => ({
    apiGroups,
    resources,
    verbs: ['get', 'list'],
  });

  test('a user who may only list pods: what is missing is said, with exit code 4', async () => {
    await grant('pods-only', [list([''], ['pods'])]);
    const { code, stderr, report } = await audit('--as', 'pods-only');
    expect(code).toBe(4);
    expect(report?.findings.length).toBeGreaterThan(5);
    expect(stderr).toContain(
      'not seen: deployments: the right to list deployments.apps is missing; not known: what templates of Deployment will run, and what owns the pods of one\n',
    );
    expect(stderr).toContain('not seen: validatingwebhookconfigurations: the right to list');
    expect((await audit('--as', 'pods-only', '--allow-partial')).code).toBe(0);
  });

  test('a user who sees some namespaces: those are read, and the others named', async () => {
    const everything = list(['', 'apps', 'batch', 'argoproj.io'], ['*']);
    await grant('some', [everything], ['shop', 'quiet']);
    await grant('names', [list([''], ['namespaces']), list(['admissionregistration.k8s.io'], ['*'])]);
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'some-names' },
      subjects: [{ kind: 'Group', name: 'names', apiGroup: 'rbac.authorization.k8s.io' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'names' },
    });
    const { code, report } = await audit('--as', 'some', '--as-group', 'names', '--as-group', 'system:authenticated');
    const whole = await audit();
    expect(code).toBe(4);
    expect(ownersOf(report, 'host-network')).toEqual(ownersOf(whole.report, 'host-network'));
    expect(report?.partial?.[0]).toMatchObject({
      what: expect.stringMatching(/^pods in \d of \d namespaces \(.*closed.*\)$/) as unknown,
      reason: 'the right to list pods is missing there',
    });
  });

  test('a server that does not know us: exit code 1', async () => {
    const nobody = cluster.writeKubeconfig('nobody', { kind: 'token', token: 'wrong' });
    const { code, stderr } = await runCommand(['audit', '--kubeconfig', nobody]);
    expect(code).toBe(1);
    expect(stderr).toContain('HTTP 401');
  });

  /** Waits until a page of a list that was begun now can no longer be had. */
  async function forgetEverything(): Promise<void> {
    const { body } = await client.request('GET', '/api/v1/pods?limit=1');
    const { continue: token = '' } = body['metadata'] as { continue?: string };
    await waitUntil('the compaction', async () => {
      await client.request('POST', '/api/v1/namespaces/quiet/configmaps', {
        body: { metadata: { generateName: 'revision-' } },
      });
      const path = `/api/v1/pods?limit=1&continue=${encodeURIComponent(token)}`;
      return client.request('GET', path).then(
        () => undefined,
        () => true,
      );
    });
  }

  /** A client that has something happen before its requests, and tells what failed. */
  function disturbed(inner: ApiClient, disturb: (path: string, requests: number) => Promise<void>) {
    const failures: string[] = [];
    let requests = 0;
    const request: ApiClient['request'] = async (...args) => {
      requests += 1;
      await disturb(args[1], requests);
      return inner.request(...args).catch((error: unknown) => {
        failures.push(error instanceof ApiError ? error.code : String(error));
        throw error;
      });
    };
    return { failures, client: { ...inner, request } };
  }

  const scanned = (from: ApiClient) =>
    scanCluster(from, { policy: defaultPolicy(), nowMs: Date.now(), list: { pageSize: 2 } });

  test('etcd forgets the state in the middle of a list: the scan reads the rest, each pod once, and says so', async () => {
    let pages = 0;
    const { client: forgotten, failures } = disturbed(client, async (path) => {
      if (!path.startsWith('/api/v1/pods?')) return;
      pages += 1;
      if (pages === 3) await forgetEverything();
    });
    const { ledger, unseen, consistency } = await scanned(forgotten);
    expect(failures).toEqual(['gone']);
    expect(consistency).toBe('continued');
    expect(ledger.pods).toBe((await stored('pods')).length);
    expect(unseen).toEqual([]);
  });

  test('the API server goes away in the middle of a scan, and a namespace for good: it waits, and says what is missing', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vanishing' } });
    await waitUntil('its ServiceAccount', () => has('/api/v1/namespaces/vanishing/serviceaccounts/default'));
    let restarted: Promise<void> | undefined;
    const { client: shaken, failures } = disturbed(client, async (_, requests) => {
      if (requests !== 12) return;
      await cluster.kubectl(['delete', 'namespace', 'vanishing']);
      restarted = cluster.restartApiServer();
      await waitUntil('the end of the API server', () =>
        client.request('GET', '/readyz').then(
          () => undefined,
          (error: unknown) => (error instanceof ApiError && error.code === 'unreachable') || undefined,
        ),
      );
    });
    const { ledger, unseen } = await scanned(shaken);
    await restarted;
    expect(failures).toContain('unreachable');
    expect(ledger.pods).toBe((await stored('pods')).length);
    expect(unseen).toEqual([
      { what: 'namespace vanishing', reason: 'it was deleted during the scan', unknown: 'what of it was read before' },
    ]);
  });

  test('a server that is too busy for us (429): the scan waits as long as it is told', async () => {
    const flowcontrol = 'flowcontrol.apiserver.k8s.io/v1';
    const level = (nominalConcurrencyShares: number) => ({
      apiVersion: flowcontrol,
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'narrow' },
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares,
          lendablePercent: 0,
          borrowingLimitPercent: 0,
          limitResponse: { type: 'Reject' },
        },
      },
    });
    await cluster.apply([
      level(0),
      {
        apiVersion: flowcontrol,
        kind: 'FlowSchema',
        metadata: { name: 'narrow' },
        spec: {
          priorityLevelConfiguration: { name: 'narrow' },
          matchingPrecedence: 2,
          rules: [
            {
              subjects: [{ kind: 'User', user: { name: 'narrow' } }],
              resourceRules: [
                { apiGroups: ['*'], resources: ['*'], verbs: ['*'], namespaces: ['*'], clusterScope: true },
              ],
            },
          ],
        },
      },
    ]);
    await grant('narrow', [list(['*'], ['*'])]);
    const narrow = createApiClient(withHeaders(administrator(cluster), { 'impersonate-user': 'narrow' }));
    await waitUntil('the role', () => narrow.request('GET', '/api/v1/pods').then(() => true as const));
    const { client: refused, failures } = disturbed(narrow, () => Promise.resolve());
    // A level without shares serves one request at a time; who comes in between is refused.
    const flooding = Array.from({ length: 12 }, async () => {
      while (failures.length < 3) await narrow.request('GET', '/api/v1/pods').catch(() => undefined);
    });
    const { ledger, unseen } = await scanned(refused);
    await Promise.all(flooding);
    narrow.close();
    expect(failures).toContain('too-many-requests');
    expect(ledger.pods).toBe((await stored('pods')).length);
    expect(unseen).toEqual([]);
  }, 400_000);
});
