// Needs the control plane level. The manifests of `seawall listen` on a real API server: each right of its account is needed
// by something that breaks without it, and an event becomes a case, an Event on the owner, and no more than was opted in to.
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cluster/api.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import { isFalcoEvent, readFalcoEvent } from '../../src/investigate/falco-event.ts';
import { investigate } from '../../src/investigate/investigate.ts';
import type { Investigation } from '../../src/investigate/investigation.ts';
import type { Subject } from '../../src/investigate/subject.ts';
import { act, createActionBudget } from '../../src/listen/act.ts';
import { emitEvent } from '../../src/listen/cluster-event.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { fromFalco, ofHost } from '../investigate/falco-samples.ts';
import { startTestListener } from '../listen/listener-under-test.ts';
import type { Fields } from '../support/pods.ts';
import { bearer } from './client/credentials-of.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { resourceName, rightsIn, rightText } from './role-rights.ts';

const manifests = join(import.meta.dirname, '..', '..', 'manifests', 'components');

const rights = rightsIn('components/listen/11-rbac-investigate.yaml');

const spec = {
  hostNetwork: true,
  nodeName: 'node-a',
  containers: [{ name: 'shell', image: 'docker.io/nicolaka/netshoot:v0.13', command: ['nmap', '-sS', '10.0.0.0/24'] }],
};
const template = (app: string): Fields => ({ metadata: { labels: { app } }, spec });
const workload = (apiVersion: string, kind: string, name: string, fields: Fields): Fields => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  spec: fields,
});
const selector = (app: string): Fields => ({ matchLabels: { app } });
const job = { template: { spec: { ...spec, restartPolicy: 'Never' } } };

describeLevel('control plane', 'seawall listen', () => {
  let cluster: ControlPlane;
  let client: ApiClient;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await cluster.apply([
      ...['shop', 'seawall', 'opted-in'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
    ]);
    await waitUntil(
      'the ServiceAccounts',
      async () => (await exists('/api/v1/namespaces/opted-in/serviceaccounts/default')) || undefined,
    );
    await waitUntil(
      'the ServiceAccounts',
      async () => (await exists('/api/v1/namespaces/shop/serviceaccounts/default')) || undefined,
    );
    await cluster.apply([
      workload('apps/v1', 'Deployment', 'deployment', {
        replicas: 1,
        selector: selector('d'),
        template: template('d'),
      }),
      workload('apps/v1', 'StatefulSet', 'statefulset', {
        replicas: 1,
        serviceName: 's',
        selector: selector('s'),
        template: template('s'),
      }),
      workload('apps/v1', 'DaemonSet', 'daemonset', { selector: selector('ds'), template: template('ds') }),
      workload('v1', 'ReplicationController', 'controller', {
        replicas: 1,
        selector: { app: 'rc' },
        template: template('rc'),
      }),
      workload('batch/v1', 'CronJob', 'cronjob', { schedule: '0 0 1 1 *', jobTemplate: { spec: job } }),
    ]);
    await cluster.kubectl(['-n', 'shop', 'create', 'job', 'cronjob-1', '--from=cronjob/cronjob']);
    const { code, stderr } = await cluster.kubectl(['apply', '-k', join(manifests, 'listen-act')]);
    if (code !== 0) throw new Error(stderr);
    for (const prefix of ['deployment-', 'statefulset-', 'daemonset-', 'controller-', 'cronjob-1-']) {
      await waitUntil(`a pod of ${prefix}`, () => podOf(prefix).catch(() => undefined));
    }
    client = createApiClient(bearer(cluster, await cluster.serviceAccountToken('seawall', 'seawall-listen')));
  }, startTimeoutMs);
  afterAll(async () => {
    client.close();
    await cluster.stop();
  });

  const exists = async (path: string): Promise<boolean> => (await cluster.request('GET', path)).status === 200;

  async function podOf(prefix: string): Promise<string> {
    const { body } = await cluster.request('GET', '/api/v1/namespaces/shop/pods');
    const { items = [] } = body as { readonly items?: readonly { readonly metadata: { readonly name: string } }[] };
    const found = items.find(({ metadata: { name } }) => name.startsWith(prefix));
    if (found === undefined) throw new Error(`no pod of ${prefix}`);
    return found.metadata.name;
  }

  const eventSubject = (value: unknown): Subject => {
    const event = readFalcoEvent(value);
    if (!isFalcoEvent(event)) throw new Error(event.problem);
    return { type: 'event', event };
  };

  function look(by: ApiClient, subjects: readonly Subject[]): Promise<Investigation[]> {
    const options = { policy: defaultPolicy(), nowMs: Date.now(), cluster: 'test', flags: '', list: {} };
    return investigate(by, subjects, options);
  }

  /** Every kind of subject, so that every right is used. */
  async function everySubject(): Promise<Subject[]> {
    const prefixes = ['deployment-', 'statefulset-', 'daemonset-', 'controller-', 'cronjob-1-'];
    const pods = await Promise.all(prefixes.map(podOf));
    return [
      ...pods.map((name): Subject => ({ type: 'pod', namespace: 'shop', name })),
      { type: 'owner', kind: 'deployment', namespace: 'shop', name: 'deployment' },
      eventSubject(ofHost),
    ];
  }

  const unseenOf = (found: readonly Investigation[]): string[] => [
    ...new Set(found.flatMap(({ unseen }) => unseen.map(({ what, reason }) => `${what}: ${reason}`))),
  ];

  test('with all its rights it sees everything', async () => {
    expect(unseenOf(await look(client, await everySubject()))).toEqual([]);
  });

  test.each(rights)('without $verb $resource it says so, and tells the rest', async ({ group, resource, verb }) => {
    const name = `without-${verb}-${resource}`;
    const rules = rights
      .filter((each) => each.group !== group || each.resource !== resource || each.verb !== verb)
      .map((each) => ({ apiGroups: [each.group], resources: [each.resource], verbs: [each.verb] }));
    const metadata = { name };
    await cluster.apply([
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'seawall' }],
      },
    ]);
    const less = createApiClient(bearer(cluster, await cluster.serviceAccountToken('seawall', name)));
    const subjects = await everySubject();
    const full = resourceName(group, resource);
    // The authorizer learns of a binding a moment after it was made: until then all is missing.
    await waitUntil(`only ${verb} ${full} to be missing`, async () => {
      const found = await look(less, subjects);
      const missing = unseenOf(found);
      const isOnly = missing.every(
        (each) =>
          each.includes(`the right to ${verb} ${full} `) ||
          each.endsWith(`the right to ${verb} ${full}`) ||
          each.includes(`${verb} ${full} in `),
      );
      return missing.length > 0 && isOnly && found.length === subjects.length ? true : undefined;
    });
    less.close();
  });

  test('an event becomes a case and an Event on the root owner, once', async () => {
    const name = await podOf('deployment-');
    const event = {
      ...fromFalco,
      time: new Date().toISOString(),
      output_fields: { ...fromFalco.output_fields, 'k8s.pod.name': name },
    };
    const listener = await startTestListener({
      folder: join(mkdtempSync(join(tmpdir(), 'listen-')), 'cases'),
      investigate: async (each) => {
        const [found] = await look(client, [{ type: 'event', event: each }]);
        if (found === undefined) throw new Error('no investigation');
        return found;
      },
      emit: (id, found) => emitEvent(client, id, found, Date.now()),
    });
    await listener.post(JSON.stringify(event));
    await listener.post(JSON.stringify(event));
    await listener.idle();
    await listener.end();
    const [id = ''] = readdirSync(listener.folder);
    const { body } = await cluster.request('GET', `/api/v1/namespaces/shop/events/seawall-case-${id}`);
    expect(body).toMatchObject({
      involvedObject: { kind: 'Deployment', name: 'deployment', namespace: 'shop' },
      reason: 'SuspiciousNetworkTool',
      type: 'Warning',
      message: expect.stringMatching(
        new RegExp(
          `^Pod shop/${name}, which has not started, ran nmap \\(scanner\\) with host access.*\\(Seawall case ${id}\\)$`,
        ),
      ) as unknown,
    });
    expect(await listener.metrics.text()).toContain('cluster_events_total{result="made"} 1');
  });

  describe('by itself', () => {
    async function offender(name: string): Promise<Investigation> {
      await cluster.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'opted-in' }, spec }]);
      await cluster.request(
        'PATCH',
        `/api/v1/namespaces/opted-in/pods/${name}/status`,
        { status: { phase: 'Running' } },
        { contentType: 'application/merge-patch+json' },
      );
      const [found] = await look(client, [{ type: 'pod', namespace: 'opted-in', name }]);
      if (found === undefined) throw new Error('no investigation');
      return found;
    }
    const pod = async (name: string): Promise<{ readonly metadata: Readonly<Record<string, unknown>> }> =>
      (await cluster.request('GET', `/api/v1/namespaces/opted-in/pods/${name}`)).body as {
        readonly metadata: Readonly<Record<string, unknown>>;
      };
    const optIn = (value: string): Promise<unknown> =>
      cluster.kubectl(['label', 'namespace', 'opted-in', '--overwrite', `seawall.dev/on-alert=${value}`]);

    test('it does nothing where the namespace has not opted in, then annotates, then evicts, and not more than the budget', async () => {
      const found = await offender('a');
      const budget = createActionBudget(2);
      const now = Date.now();
      expect(await act(client, 'case-1', found, budget, now)).toBe('not opted in');
      await optIn('delete');
      expect(await act(client, 'case-1', found, budget, now)).toBe('not opted in');
      expect((await pod('a')).metadata['annotations']).not.toHaveProperty(['seawall.dev/case']);
      await optIn('annotate');
      expect(await act(client, 'case-1', found, budget, now)).toBe('annotated');
      expect((await pod('a')).metadata).toMatchObject({ annotations: { 'seawall.dev/case': 'case-1' } });
      expect((await pod('a')).metadata['deletionTimestamp']).toBeUndefined();
      await optIn('evict');
      expect(await act(client, 'case-2', found, budget, now)).toBe('evicted');
      expect((await pod('a')).metadata['deletionTimestamp']).toBeDefined();
      expect(await act(client, 'case-3', await offender('b'), budget, now)).toBe('too many');
      expect((await pod('b')).metadata['deletionTimestamp']).toBeUndefined();
    });

    /** What it writes, in all; `get namespaces` is among what it reads. */
    const writes = ['patch pods', 'create pods/eviction', 'create events'];

    test('what it writes is what its roles say, and no more', () => {
      const files = ['components/listen/12-rbac-events.yaml', 'components/listen-act/10-rbac-act.yaml'];
      expect(files.flatMap(rightsIn).map(rightText)).toEqual(expect.arrayContaining(writes));
      expect(files.flatMap(rightsIn)).toHaveLength(writes.length);
    });

    test.each(writes)('without the right to %s it cannot', async (missing) => {
      await optIn('evict');
      const [verb = '', resource = ''] = missing.split(' ');
      const name = `writes-without-${verb}-${resource.replace('/', '-')}`;
      const held = ['get namespaces', ...writes].filter((each) => each !== missing).map((each) => each.split(' '));
      const rules = held.map(([own = '', of = '']) => ({ apiGroups: [''], resources: [of], verbs: [own] }));
      const api = 'rbac.authorization.k8s.io';
      await cluster.apply([
        { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
        {
          apiVersion: `${api}/v1`,
          kind: 'ClusterRoleBinding',
          metadata: { name },
          roleRef: { apiGroup: api, kind: 'ClusterRole', name },
          subjects: [{ kind: 'ServiceAccount', name, namespace: 'seawall' }],
        },
      ]);
      const less = createApiClient(bearer(cluster, await cluster.serviceAccountToken('seawall', name)));
      const found = await offender(name);
      await waitUntil('the authorizer to know of the binding', () =>
        less.request('GET', '/api/v1/namespaces/opted-in').catch(() => undefined),
      );
      const all = async (): Promise<void> => {
        await emitEvent(less, name, found, Date.now());
        await act(less, name, found, createActionBudget(), Date.now());
      };
      await expect(all()).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining(`cannot ${verb} resource "${resource}"`) as unknown,
      });
      less.close();
    });

    test('it leaves another pod of the same name alone, and one that the policy does not refuse', async () => {
      await optIn('evict');
      const found = await offender('c');
      const object = found.object;
      if (object === undefined) throw new Error('no object');
      const other = { ...found, object: { ...object, uid: '00000000-0000-4000-8000-000000000000' } };
      await expect(act(client, 'case', other, createActionBudget(), 0)).rejects.toMatchObject({
        code: 'invalid',
        status: 422,
      });
      expect((await pod('c')).metadata['deletionTimestamp']).toBeUndefined();
      const allowed = { ...found, verdict: { refused: false, findings: [], exempted: [] } };
      expect(await act(client, 'case', allowed, createActionBudget(), 0)).toBe('not allowed');
    });
  });
});
