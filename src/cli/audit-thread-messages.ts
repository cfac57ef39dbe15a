import type { WrittenPolicy } from '../policy/written-policy.ts';
import type { ReportApiChoice } from '../report/report-api-choices.ts';
import type { AuditState } from '../telemetry/audit-metrics.ts';
import type { LogFields, LogLevel } from '../telemetry/log.ts';

/** What the thread of the audit is started with; plain data. */
export interface AuditThreadData {
  readonly policy: WrittenPolicy;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Of the Lease; that of this pod, or of the context, where it is absent. */
  readonly namespace?: string | undefined;
  readonly lease: string;
  readonly reportApi: ReportApiChoice;
  readonly allowPartial: boolean;
  readonly resyncMs: number;
}

export type ToAuditThread = { readonly type: 'policy'; readonly policy: WrittenPolicy } | { readonly type: 'stop' };

export type FromAuditThread =
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: LogFields; readonly message: string }
  /** undefined where this replica does not lead. */
  | { readonly type: 'state'; readonly state: AuditState | undefined };
