import { Registry } from 'prom-client';
import { findingCounts } from '../../src/audit/audit-state.ts';
import type { AuditState } from '../../src/telemetry/audit-metrics.ts';
import { auditMetrics } from '../../src/telemetry/audit-metrics.ts';
import { reportOf } from '../support/reports.ts';

const state: AuditState = {
  findings: [{ rule: 'host-network', severity: 'high', namespace: 'shop', count: 3 }],
  pods: 7,
  atRisk: 2,
  unseen: 0,
  lastScanMs: 5_000,
  scanMs: 1_500,
  lastContactMs: 6_000,
  reports: { objects: 4, written: 9, deleted: 1, failed: 0 },
};

async function lines(now: () => AuditState | undefined): Promise<string[]> {
  const registry = new Registry();
  auditMetrics(registry).watchAudit({ state: now, failures: () => 2 });
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('seawall_'));
}

test('a leader tells what it knows', async () => {
  expect(await lines(() => state)).toEqual([
    'seawall_audit_findings{rule="host-network",severity="high",namespace="shop"} 3',
    'seawall_audit_pods 7',
    'seawall_audit_owners_at_risk 2',
    'seawall_audit_unseen 0',
    'seawall_audit_last_scan_timestamp_seconds 5',
    'seawall_audit_scan_duration_seconds 1.5',
    'seawall_audit_last_contact_timestamp_seconds 6',
    'seawall_audit_report_objects 4',
    'seawall_audit_report_writes_total{result="written"} 9',
    'seawall_audit_report_writes_total{result="deleted"} 1',
    'seawall_audit_report_writes_total{result="failed"} 0',
    'seawall_audit_leader 1',
    'seawall_audit_thread_failures_total 2',
  ]);
});

test('who does not lead tells nothing that would be counted twice, also after a term', async () => {
  const registry = new Registry();
  let now: AuditState | undefined = state;
  auditMetrics(registry).watchAudit({ state: () => now, failures: () => 0 });
  await registry.metrics();
  now = undefined;
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith('seawall_'))).toEqual([
    'seawall_audit_leader 0',
    'seawall_audit_thread_failures_total 0',
  ]);
});

test('findings are counted by rule, severity and namespace, and whoever makes namespaces makes no series', () => {
  const told = Array.from({ length: 250 }, (_, index) => ({
    finding: {
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: `n-${String(index % 150).padStart(3, '0')}`,
        name: `p-${index}`,
      },
    },
  }));
  const counts = findingCounts(reportOf(told));
  expect(counts).toHaveLength(101);
  expect(counts.filter(({ namespace }) => namespace === '_other')).toEqual([
    { rule: 'host-network', severity: 'high', namespace: '_other', count: 50 },
  ]);
  expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(250);
  expect(counts.find(({ namespace }) => namespace === 'n-000')?.count).toBe(2);
});
