import type { ReportApiChoice } from '../report/report-api-choices.ts';
import type { LogLevel } from '../telemetry/log.ts';

export interface ServeOptions {
  /** Policy file, read again whenever it changes; the built-in policy where it is absent. */
  readonly policy?: string | undefined;
  /** Address to listen on; every address where it is absent, and 127.0.0.1 with --development. */
  readonly host?: string | undefined;
  readonly port: number;
  readonly healthPort: number;
  /** Serving certificate chain and key as PEM files, read again whenever they change; both or none. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Serves certificates of a development authority below `certs/`, made where they are missing. */
  readonly development: boolean;
  /** Keeps certificates in a Secret, rotates them, and brings the webhook configurations to trust them. */
  readonly selfManaged: boolean;
  /** Watches pods, so that an exec is judged by its target. */
  readonly execTargets: boolean;
  /** Holds the matchConditions in the cluster against the policy in force, and tells where they are of another. */
  readonly checkConditions: boolean;
  /** Keeps the matchConditions in the cluster in step with the policy of all replicas; a policy waits until they are wide enough. */
  readonly writeConditions: boolean;
  /** Lease on which the replicas say what they run. */
  readonly conditionsLease: string;
  /** Namespace of Service, Secret and Lease; that of this pod, or of the context, where it is absent. */
  readonly namespace?: string | undefined;
  readonly service: string;
  readonly secret: string;
  readonly lease: string;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Follows the cluster in a thread of its own, and keeps report objects of what is found in it. */
  readonly audit: boolean;
  /** Follows the cluster and serves no webhook. */
  readonly auditOnly: boolean;
  /** Lease of the replica that follows the cluster. */
  readonly auditLease: string;
  /** Milliseconds after which the audit reads everything anew. */
  readonly auditResyncMs: number;
  /** Whether report objects are written though something could not be seen. */
  readonly auditAllowPartial: boolean;
  readonly reportApi: ReportApiChoice;
  readonly logLevel: LogLevel;
  /** Seconds to serve on after a signal to stop; none where it is absent with --development. */
  readonly drainDelaySeconds?: number | undefined;
}
