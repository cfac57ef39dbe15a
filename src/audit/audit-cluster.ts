import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Consistency, ListOptions } from '../cluster/list.ts';
import { listPages } from '../cluster/list.ts';
import type { Report, Unseen } from '../report/report.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { auditReport } from './audit-report.ts';
import type { Baseline } from './baseline.ts';
import { coverageOf, repairsPods } from './coverage.ts';
import type { ClusterScanOptions } from './scan-cluster.ts';
import { scanCluster } from './scan-cluster.ts';
import type { RegisteredWebhook } from './webhooks.ts';
import { registeredWebhooks } from './webhooks.ts';

export interface ClusterAuditOptions extends ClusterScanOptions {
  /** Name of the cluster in the report. */
  readonly cluster: string;
  readonly baseline?: Baseline | undefined;
}

export interface ClusterAudit {
  readonly report: Report;
  readonly pods: number;
  readonly templates: number;
  readonly consistency: Consistency;
  /** Whether all of a namespace was seen; '' is what is in none. */
  readonly isWhole: (namespace: string) => boolean;
}

/**
 * Holds the policy against what runs in a cluster and what will. It only reads.
 * @throws {ApiError} where the API server does not answer, or takes us for nobody
 */
export async function auditCluster(client: ApiClient, options: ClusterAuditOptions): Promise<ClusterAudit> {
  const { policy, nowMs, cluster, namespace, baseline } = options;
  const scan = await scanCluster(client, options);
  const { webhooks, unseen } = await readWebhooks(client, options.list, nowMs);
  const { namespaces, resources, ledger, consistency, isWhole } = scan;
  const report = auditReport(ledger, {
    policy,
    nowMs,
    cluster,
    namespace,
    coverage:
      namespaces === undefined || webhooks === undefined
        ? undefined
        : coverageOf(namespaces, resources, webhooks, policy),
    // Where it cannot be told, it is not taken for granted.
    repairs: webhooks !== undefined && repairsPods(webhooks, namespaces),
    unseen: [...scan.unseen, ...unseen],
    errors: [],
    baseline,
  });
  return { report, pods: ledger.pods, templates: ledger.templates, consistency, isWhole };
}

const configurations = [
  { kind: 'validating', resource: 'validatingwebhookconfigurations' },
  { kind: 'mutating', resource: 'mutatingwebhookconfigurations' },
] as const;

async function readWebhooks(
  client: ApiClient,
  list: ListOptions,
  nowMs: number,
): Promise<{ webhooks: RegisteredWebhook[] | undefined; unseen: Unseen[] }> {
  const webhooks: RegisteredWebhook[] = [];
  for (const { kind, resource } of configurations) {
    try {
      for await (const { items } of listPages(client, `/apis/admissionregistration.k8s.io/v1/${resource}`, list)) {
        webhooks.push(...items.flatMap((item) => registeredWebhooks(item, kind, nowMs)));
      }
    } catch (error) {
      if (!(error instanceof ApiError) || error.code === 'cancelled') throw error;
      const missing = `the right to list ${resource}.admissionregistration.k8s.io is missing`;
      const reason = error.code === 'forbidden' ? missing : reasonOf(error);
      const unknown = 'what admission covers, and what it would repair';
      return { webhooks: undefined, unseen: [{ what: resource, reason, unknown }] };
    }
  }
  return { webhooks, unseen: [] };
}
