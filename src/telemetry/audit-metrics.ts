import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';

/** Report objects in the cluster, and what was done to them since the audit began. */
export interface ReportCounts {
  readonly objects: number;
  readonly written: number;
  readonly deleted: number;
  readonly failed: number;
}

/** Findings in force of one rule and severity in one namespace. */
export interface FindingCount {
  readonly rule: string;
  readonly severity: string;
  /** '' for what is in none, `_other` for those past the first hundred. */
  readonly namespace: string;
  readonly count: number;
}

/** What the audit knows now, as plain data. Times are in milliseconds since the epoch. */
export interface AuditState {
  readonly findings: readonly FindingCount[];
  readonly pods: number;
  /** Owners of which something runs that would be refused if it were created now. */
  readonly atRisk: number;
  /** Things that could not be seen. */
  readonly unseen: number;
  /** When everything was last read, and how long that took. */
  readonly lastScanMs: number;
  readonly scanMs: number;
  /** When the API server last spoke of the kind that it has been silent of for longest. */
  readonly lastContactMs: number;
  readonly reports: ReportCounts | undefined;
}

/** Tells what the watch-driven audit knows; without one there are no series of it. */
export interface AuditMetrics {
  /** `state` is undefined where this replica does not lead, so that no two replicas tell the same. */
  readonly watchAudit: (audit: {
    readonly state: () => AuditState | undefined;
    readonly failures: () => number;
  }) => void;
}

export function auditMetrics(registry: Registry): AuditMetrics {
  const registers = [registry];
  return {
    watchAudit: ({ state, failures }) => {
      const told = (name: string, help: string, read: (state: AuditState) => number | undefined): void => {
        new Gauge({
          name: `seawall_audit_${name}`,
          help,
          registers,
          collect() {
            this.reset();
            const now = state();
            const value = now === undefined ? undefined : read(now);
            if (value === undefined) this.remove();
            else this.set(value);
          },
        });
      };
      new Gauge({
        name: 'seawall_audit_findings',
        help: 'Findings in force, told once on the owner of the pods; namespaces past the first hundred are _other.',
        labelNames: ['rule', 'severity', 'namespace'],
        registers,
        collect() {
          this.reset();
          for (const { count, ...labels } of state()?.findings ?? []) this.set(labels, count);
        },
      });
      told('pods', 'Pods in the cluster.', ({ pods }) => pods);
      told(
        'owners_at_risk',
        'Owners of what runs and would be refused if it were created now, by a cluster whose mutating webhook is asked.',
        ({ atRisk }) => atRisk,
      );
      told(
        'unseen',
        'Things that the audit could not see; a partial audit leaves report objects as they are.',
        (now) => now.unseen,
      );
      told('last_scan_timestamp_seconds', 'When everything was last read.', ({ lastScanMs }) => lastScanMs / 1000);
      told('scan_duration_seconds', 'How long it took to read everything.', ({ scanMs }) => scanMs / 1000);
      told(
        'last_contact_timestamp_seconds',
        'When the API server last spoke of the kind that it was silent of for longest.',
        ({ lastContactMs }) => lastContactMs / 1000,
      );
      told('report_objects', 'Report objects in the cluster.', ({ reports }) => reports?.objects);
      new Counter({
        name: 'seawall_audit_report_writes_total',
        help: 'Writes of report objects, by result.',
        labelNames: ['result'],
        registers,
        collect() {
          this.reset();
          const { written, deleted, failed } = state()?.reports ?? {};
          for (const [result, count] of Object.entries({ written, deleted, failed })) {
            if (count !== undefined) this.inc({ result }, count);
          }
        },
      });
      new Gauge({
        name: 'seawall_audit_leader',
        help: 'Whether this replica leads the audit: 1 or 0.',
        registers,
        collect() {
          this.set(state() === undefined ? 0 : 1);
        },
      });
      new Counter({
        name: 'seawall_audit_thread_failures_total',
        help: 'Times that the thread of the audit ended by itself and was started again.',
        registers,
        collect() {
          this.reset();
          this.inc(failures());
        },
      });
    },
  };
}
