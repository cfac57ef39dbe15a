// Needs the control plane level. The watch-driven audit as `seawall serve --audit-only` runs it, against a real API server.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyReportResult } from '../../src/report/policy-report.ts';
import type { Fields } from '../support/pods.ts';
import { podSpec } from '../support/pods.ts';
import { AuditReplica } from './audit-replica.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { reportKinds } from './report-kinds.ts';

const pod = (namespace: string, name: string, spec: Fields = { hostNetwork: true }): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name },
  spec: podSpec(spec),
});

const policyText = (rules: string) =>
  `apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: own }\nspec:\n  rules: { ${rules} }\n`;

describeLevel('control plane', 'seawall serve --audit-only', () => {
  let cluster: ControlPlane;
  let folder: string;
  let policy: string;
  let first: AuditReplica;
  let second: AuditReplica;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seawall-live-'));
    policy = join(folder, 'policy.yaml');
    writeFileSync(policy, policyText(''));
    cluster = await startControlPlane();
    await cluster.apply([
      ...['seawall', 'shop', 'bank'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      ...(await reportKinds('wgpolicy')),
    ]);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    await cluster.apply([pod('shop', 'web'), pod('bank', 'good', {})]);
    first = new AuditReplica(cluster.kubeconfig, ['--policy', policy]);
    await waitUntil('a leader', () => first.hasSaid('leads the audit') || undefined, { timeoutMs: 60_000 });
    second = new AuditReplica(cluster.kubeconfig, ['--policy', policy]);
  }, startTimeoutMs);
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()]);
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  interface Stored {
    readonly metadata: { readonly namespace: string; readonly resourceVersion: string };
    readonly results: readonly PolicyReportResult[];
  }

  async function reports(): Promise<readonly Stored[]> {
    const { stdout } = await cluster.kubectl(['get', 'policyreports', '-A', '-o', 'json']);
    return (JSON.parse(stdout) as { items: readonly Stored[] }).items;
  }

  const found = async (namespace: string) =>
    (await reports())
      .filter(({ metadata }) => metadata.namespace === namespace)
      .flatMap(({ results }) => results.map(({ rule, resources }) => `${rule} ${resources[0]?.name ?? ''}`))
      .filter((line) => !line.startsWith('net-raw-default'));

  const waitForFound = (namespace: string, wanted: readonly string[]) =>
    waitUntil(
      `${namespace}: ${wanted.join(', ')}`,
      async () => {
        const now = await found(namespace);
        return JSON.stringify(now) === JSON.stringify(wanted) ? true : undefined;
      },
      { timeoutMs: 60_000 },
    );

  test('it is ready, leads, and writes what it has found', async () => {
    await waitForFound('shop', ['host-network web']);
    expect(await first.get('/readyz')).toBe('{"status":"ok"}');
    await waitUntil('the metrics of the leader', async () =>
      (await first.metric('seawall_audit_leader')) === 1 ? true : undefined,
    );
    expect(await first.metric('seawall_audit_findings{rule="host-network",severity="high",namespace="shop"}')).toBe(1);
    expect(await first.metric('seawall_audit_pods')).toBe(2);
    expect(await first.metric('seawall_audit_unseen')).toBe(0);
    expect(await first.metric('seawall_audit_report_writes_total{result="written"}')).toBeGreaterThan(0);
    expect(Date.now() / 1000 - ((await first.metric('seawall_audit_last_scan_timestamp_seconds')) ?? 0)).toBeLessThan(
      120,
    );
  });

  test('the other replica waits, ready, and tells no findings', async () => {
    await waitUntil('the second replica', () => second.hasSaid('ready') || undefined, { timeoutMs: 60_000 });
    expect(await second.get('/readyz')).toBe('{"status":"ok"}');
    expect(await second.metric('seawall_audit_leader')).toBe(0);
    expect(await second.get('/metrics')).not.toMatch(/^seawall_audit_(findings|pods|last_scan)/m);
  });

  test('what is created, changed and deleted is followed', async () => {
    await cluster.apply(pod('bank', 'new'));
    await waitForFound('bank', ['host-network new']);
    await cluster.kubectl(['delete', 'pod', '-n', 'bank', 'new', '--now']);
    await waitForFound('bank', []);
  });

  test('a change that changes nothing of what is found is not written', async () => {
    const before = await reports();
    const patch = JSON.stringify([{ op: 'add', path: '/metadata/labels', value: { touched: 'yes' } }]);
    const written = await first.metric('seawall_audit_report_writes_total{result="written"}');
    await cluster.kubectl(['patch', 'pod', '-n', 'shop', 'web', '--type=json', '-p', patch]);
    // One that does is written later: what came before it has been seen.
    await cluster.apply(pod('bank', 'later'));
    await waitForFound('bank', ['host-network later']);
    const shop = (list: readonly Stored[]) =>
      list.filter(({ metadata }) => metadata.namespace === 'shop').map(({ metadata }) => metadata.resourceVersion);
    expect(shop(await reports())).toEqual(shop(before));
    await waitUntil('the count of writes', async () =>
      (await first.metric('seawall_audit_report_writes_total{result="written"}')) === (written ?? 0) + 1
        ? true
        : undefined,
    );
  });

  test('a rule that is switched off in the policy file leaves the reports within one cycle', async () => {
    writeFileSync(policy, policyText('host-network: { action: "off" }'));
    await waitForFound('shop', []);
    writeFileSync(policy, policyText(''));
    await waitForFound('shop', ['host-network web']);
  });

  test('an API server that restarts is followed on', async () => {
    await cluster.restartApiServer();
    await cluster.apply(pod('bank', 'after'));
    await waitForFound('bank', ['host-network after', 'host-network later']);
  });

  test('a leader that is told to stop ends with 0, and the other one goes on at once', async () => {
    expect(await first.stop()).toBe(0);
    await waitUntil('the new leader', () => second.hasSaid('leads the audit') || undefined, { timeoutMs: 30_000 });
    await cluster.kubectl(['delete', 'pod', '-n', 'bank', 'after', '--now']);
    await waitForFound('bank', ['host-network later']);
    // It is told after the objects are written.
    await waitUntil('the metrics of the new leader', async () =>
      (await second.metric('seawall_audit_leader')) === 1 ? true : undefined,
    );
  });
});
