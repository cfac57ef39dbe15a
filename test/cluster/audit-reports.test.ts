// Needs the control plane level. The report objects that an audit keeps, judged by the published schemas of their APIs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReports } from '../../src/audit/write-reports.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import type { ApiClient } from '../../src/cluster/api.ts';
import { runCommand } from '../support/command-io.ts';
import type { PolicyReportResult, ReportApi } from '../../src/report/policy-report.ts';
import type { Report } from '../../src/report/report.ts';
import type { Fields } from '../support/pods.ts';
import { podSpec } from '../support/pods.ts';
import { reportOf } from '../support/reports.ts';
import { administrator } from './client/credentials-of.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { reportKinds } from './report-kinds.ts';

interface Stored {
  readonly kind: string;
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly source?: string;
  readonly summary: Readonly<Record<string, number>>;
  readonly results: readonly PolicyReportResult[];
}

const apis: Readonly<Record<ReportApi, { readonly plural: string; readonly version: string }>> = {
  openreports: { plural: 'reports.openreports.io', version: 'openreports.io/v1alpha1' },
  wgpolicy: { plural: 'policyreports.wgpolicyk8s.io', version: 'wgpolicyk8s.io/v1alpha2' },
};

const pod = (namespace: string, name: string, spec: Fields, metadata: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, ...metadata },
  spec: podSpec(spec),
});

describeLevel('control plane', 'report objects', () => {
  let cluster: ControlPlane;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seawall-reports-'));
    cluster = await startControlPlane();
    await cluster.apply([
      ...['shop', 'bank', 'calm'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
    ]);
    const { body } = await cluster.request('GET', '/api/v1/nodes/node-a');
    const { uid } = (body as { metadata: { uid: string } }).metadata;
    await cluster.apply([
      pod('shop', 'web', { hostNetwork: true, hostPID: true }),
      pod('bank', 'twin-1', { hostNetwork: true }),
      pod('bank', 'twin-2', { hostNetwork: true }),
      pod('calm', 'good', {}),
      pod(
        'shop',
        'etcd-node-a',
        { hostNetwork: true, nodeName: 'node-a' },
        {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'node-a', uid, controller: true }],
          annotations: { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' },
        },
      ),
    ]);
  }, startTimeoutMs);
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  async function audit(...flags: readonly string[]) {
    return runCommand(['audit', '--kubeconfig', cluster.kubeconfig, '--write-reports', '-o', 'json', ...flags]);
  }

  const told = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('report object'));

  async function stored(api: ReportApi): Promise<readonly Stored[]> {
    const kinds = [apis[api].plural, `cluster${apis[api].plural}`].join(',');
    const { stdout } = await cluster.kubectl(['get', kinds, '-A', '-o', 'json', '--show-managed-fields']);
    return (JSON.parse(stdout) as { items: readonly Stored[] }).items;
  }

  const install = async (api: ReportApi) => {
    await cluster.apply([...(await reportKinds(api))]);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  };
  const place = ({ metadata: { namespace = '', name } }: Stored) => `${namespace}/${name}`;
  const versions = (objects: readonly Stored[]) =>
    objects.map((object) => `${place(object)} ${object.metadata.resourceVersion}`);

  test('without an API of reports nothing is written, and one that is asked for by name is missed', async () => {
    const { code, stderr } = await audit();
    expect([code, told(stderr)]).toEqual([
      0,
      ['report objects: none are written, as the cluster serves no API of them or none is wanted'],
    ]);
    const named = await audit('--report-api', 'openreports');
    expect(named.code).toBe(1);
    expect(named.stderr).toContain(
      'seawall: the API server does not serve openreports.io/v1alpha1: install its CRDs, or leave --report-api at auto\n',
    );
  });

  describe.each(['wgpolicy', 'openreports'] as const)('%s', (api) => {
    const { plural, version } = apis[api];
    const counts = (written: number, deleted: number, unchanged: number) =>
      `report objects (${version}): ${written} written, ${deleted} deleted, ${unchanged} unchanged`;

    beforeAll(() => install(api), 300_000);

    test('the API server takes them: one for each namespace with findings, and one for what is in none', async () => {
      const { code, stderr } = await audit();
      // The other API served first: what stands there would be told twice.
      expect([code, told(stderr)]).toEqual([0, [counts(3, api === 'openreports' ? 3 : 0, 0)]]);
      const objects = await stored(api);
      expect(objects.map(place).toSorted()).toEqual(['/seawall-0', 'bank/seawall-0', 'shop/seawall-0']);
      for (const { metadata, source, results } of objects) {
        expect(metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'seawall' });
        expect(metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual([
          'seawall-audit Apply',
        ]);
        expect(source).toBe(api === 'openreports' ? 'seawall' : undefined);
        for (const { resources } of results) {
          expect(resources).toHaveLength(1);
          expect(resources[0]?.uid).toMatch(/^[-0-9a-f]{36}$/);
        }
      }
      expect(objects.find(({ metadata }) => metadata.namespace === undefined)?.results[0]?.resources).toMatchObject([
        { apiVersion: 'v1', kind: 'Node', name: 'node-a' },
      ]);
    });

    test('two findings with one message have two ids', async () => {
      const bank = (await stored(api)).find(({ metadata }) => metadata.namespace === 'bank');
      const twins = bank?.results.filter(({ rule }) => rule === 'host-network') ?? [];
      expect(new Set(twins.map(({ message }) => message)).size).toBe(1);
      expect(new Set(twins.map(({ properties }) => properties['resultID'])).size).toBe(2);
    });

    test('nothing is written where nothing has changed', async () => {
      const before = versions(await stored(api));
      const { stderr } = await audit();
      expect(told(stderr)).toEqual([counts(0, 0, 3)]);
      expect(versions(await stored(api))).toEqual(before);
    });

    test('what somebody has changed in an object of ours is put right', async () => {
      const patch = [{ op: 'replace', path: '/summary/fail', value: 0 }];
      await cluster.kubectl(['patch', plural, '-n', 'shop', 'seawall-0', '--type=json', '-p', JSON.stringify(patch)]);
      expect(told((await audit()).stderr)).toEqual([counts(1, 0, 2)]);
      const shop = (await stored(api)).find(({ metadata }) => metadata.namespace === 'shop');
      expect(shop?.summary['fail']).toBeGreaterThan(0);
    });

    test('a report of somebody else is left alone, also under a name of ours, and that is told', async () => {
      const foreign = (namespace: string, name: string) => ({
        apiVersion: version,
        kind: api === 'openreports' ? 'Report' : 'PolicyReport',
        metadata: { namespace, name },
        summary: { fail: 1 },
        results: [{ policy: 'other', result: 'fail' }],
      });
      await cluster.kubectl(['delete', plural, '-n', 'shop', 'seawall-0']);
      await cluster.apply([foreign('shop', 'seawall-0'), foreign('calm', 'kyverno')]);
      const before = versions(await stored(api));
      const { code, stderr } = await audit();
      expect(code).toBe(1);
      expect(stderr).toContain(
        "seawall: report shop/seawall-0: an object of this name is not Seawall's (no label app.kubernetes.io/managed-by=seawall), and is left alone\n",
      );
      expect(versions(await stored(api))).toEqual(before);
      await cluster.kubectl(['delete', plural, '-n', 'shop', 'seawall-0']);
      expect(told((await audit()).stderr)).toEqual([counts(1, 0, 2)]);
    });

    test('an owner that is gone takes its report with it', async () => {
      await cluster.apply(pod('calm', 'brief', { hostNetwork: true }));
      expect(told((await audit()).stderr)).toEqual([counts(1, 0, 3)]);
      await cluster.kubectl(['delete', 'pod', '-n', 'calm', 'brief', '--now']);
      expect(told((await audit()).stderr)).toEqual([counts(0, 1, 3)]);
      expect((await stored(api)).map(place).toSorted()).toEqual([
        '/seawall-0',
        'bank/seawall-0',
        'calm/kyverno',
        'shop/seawall-0',
      ]);
    });

    test('one namespace only: the objects of others are not looked at', async () => {
      await cluster.apply([pod('calm', 'brief', { hostNetwork: true }), pod('bank', 'late', { hostPID: true })]);
      expect(told((await audit('-n', 'calm')).stderr)).toEqual([counts(1, 0, 0)]);
      await cluster.kubectl(['delete', 'pod', '-n', 'calm', 'brief', '--now']);
      await cluster.kubectl(['delete', 'pod', '-n', 'bank', 'late', '--now']);
      expect(told((await audit('-n', 'calm')).stderr)).toEqual([counts(0, 1, 0)]);
    });

    test('what was not seen is not gone: the objects stay as they are, unless --allow-partial says otherwise', async () => {
      const rbac = 'rbac.authorization.k8s.io';
      const [plurals, clusterPlurals] = [plural, `cluster${plural}`].map((each) => each.slice(0, each.indexOf('.')));
      const group = plural.slice(plural.indexOf('.') + 1);
      await cluster.apply([
        {
          apiVersion: `${rbac}/v1`,
          kind: 'ClusterRole',
          metadata: { name: 'blind' },
          rules: [
            { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] },
            {
              apiGroups: ['openreports.io', group],
              resources: ['reports', 'clusterreports', plurals, clusterPlurals],
              verbs: ['*'],
            },
            { apiGroups: ['wgpolicyk8s.io'], resources: ['*'], verbs: ['*'] },
          ],
        },
        {
          apiVersion: `${rbac}/v1`,
          kind: 'ClusterRoleBinding',
          metadata: { name: 'blind' },
          roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'blind' },
          subjects: [{ apiGroup: rbac, kind: 'User', name: 'blind' }],
        },
      ]);
      const before = versions(await stored(api));
      const { code, stderr } = await audit('--as', 'blind');
      expect([code, told(stderr)]).toEqual([
        4,
        [counts(0, 0, 0), 'report objects of namespaces that were not seen whole are left as they were'],
      ]);
      expect(versions(await stored(api))).toEqual(before);
      expect(told((await audit('--as', 'blind', '--allow-partial')).stderr)).toEqual([counts(0, 3, 0)]);
      expect(told((await audit()).stderr)).toEqual([counts(3, 0, 0)]);
    });

    test('a rule that is switched off leaves no result behind', async () => {
      const policy = join(folder, 'off.yaml');
      writeFileSync(
        policy,
        'apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: off }\nspec:\n  rules:\n    host-network: { action: "off" }\n',
      );
      await audit('--policy', policy);
      const rules = (await stored(api)).flatMap(({ results }) => results.map(({ rule }) => rule));
      expect(rules).toContain('host-pid');
      expect(rules).not.toContain('host-network');
      expect((await audit()).code).toBe(0);
    });
  });

  describe('5,000 findings of one namespace', () => {
    /** Of each kind; half of SEAWALL_AUDIT_CYCLES. */
    const cycles = Number(process.env['SEAWALL_AUDIT_CYCLES'] ?? 10) / 2;

    /** A thousand owners with five findings each; `changed` is the message of one of them. */
    const findings = (changed: string): Report =>
      reportOf(
        Array.from({ length: 5_000 }, (_, index) => {
          const name = `service-${Math.floor(index / 5)}`;
          const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name };
          const message = `${index === 777 ? changed : ''} container app-${index} keeps NET_RAW`;
          return { finding: { object, subject: String(index), message, action: 'warn' as const } };
        }),
      );
    const client = () => createApiClient(administrator(cluster));
    const cycle = async (from: ApiClient, report: Report) => {
      const options = { choice: 'openreports', isWhole: () => true, nowMs: Date.now(), patience: {} } as const;
      return writeReports(from, report, { ...options, monotonicMs: () => performance.now() });
    };
    const storedBytes = async (from: ControlPlane) => {
      const { stdout } = await from.kubectl(['get', '--raw', '/metrics']);
      return Number(/^apiserver_storage_size_bytes\{[^}]*\} (\S+)$/m.exec(stdout)?.[1]);
    };

    test('stay within the budget of bytes as the API server stores them, and none is lost', async () => {
      const from = client();
      await cycle(from, findings(''));
      from.close();
      const objects = await stored('openreports');
      const ours = objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] === 'seawall');
      for (const object of ours) {
        expect(Buffer.byteLength(JSON.stringify(object))).toBeLessThanOrEqual(256 * 1024);
        expect(object.results.length).toBeLessThanOrEqual(500);
      }
      expect(new Set(ours.flatMap(({ results }) => results.map(({ properties }) => properties['resultID']))).size).toBe(
        5_000,
      );
      expect(ours.reduce((sum, { summary }) => sum + (summary['warn'] ?? 0), 0)).toBe(5_000);
    });

    test('cycle after cycle: nothing is written where nothing changes, one object where one finding does, and etcd stays small', async () => {
      const from = client();
      const before = await storedBytes(cluster);
      const unchanged = versions(await stored('openreports'));
      for (let turn = 0; turn < cycles; turn += 1)
        expect(await cycle(from, findings(''))).toMatchObject({ written: 0, deleted: 0 });
      expect(versions(await stored('openreports'))).toEqual(unchanged);
      for (let turn = 0; turn < cycles; turn += 1)
        expect(await cycle(from, findings(`turn ${turn}`))).toMatchObject({ written: 1, deleted: 0, failures: [] });
      from.close();
      const grown = (await storedBytes(cluster)) - before;
      process.stderr.write(`reports: etcd has grown by ${grown} bytes in ${2 * cycles} cycles\n`);
      // Each write leaves an older version behind until etcd compacts; a cycle that wrote everything would leave 2.5 MB.
      expect(grown).toBeLessThan(cycles * 256 * 1024 + 4_000_000);
    }, 300_000);
  });
});
