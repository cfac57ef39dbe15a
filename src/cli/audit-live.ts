import { auditCluster } from '../audit/audit-cluster.ts';
import type { Baseline } from '../audit/baseline.ts';
import { writeReports } from '../audit/write-reports.ts';
import { createApiClient } from '../cluster/api-client.ts';
import { findCredentials } from '../cluster/connect.ts';
import { createPace } from '../cluster/pace.ts';
import type { Policy } from '../policy/policy.ts';
import { reportApis } from '../report/policy-report.ts';
import type { Report } from '../report/report.ts';
import { isPartial } from '../report/report.ts';
import { plainLine } from '../report/terminal.ts';
import type { AuditOptions } from './audit.ts';
import type { CommandIo } from './io.ts';
import { openProgress } from './progress.ts';
import { wantsDetail } from './write-report.ts';

/** What became of an audit of a cluster: the report, and what could not be written there, a line each. */
export interface LiveAudit {
  readonly report: Report;
  readonly failures: readonly string[];
}

/** Holds the policy against a cluster, and brings its report objects up to date where that is wanted. */
export async function auditLive(
  options: AuditOptions,
  policy: Policy,
  baseline: Baseline | undefined,
  io: CommandIo,
): Promise<LiveAudit> {
  const { requestTimeoutMs, qps, namespace } = options;
  const { credentials, source } = await findCredentials({ ...options, env: io.env });
  const client = createApiClient(credentials, requestTimeoutMs === undefined ? {} : { requestTimeoutMs });
  const leaving = new AbortController();
  io.onSignal(() => {
    leaving.abort();
    client.close();
  });
  const patience = {
    pace: createPace(qps),
    signal: leaving.signal,
    ...(requestTimeoutMs !== undefined && { timeoutMs: requestTimeoutMs }),
  };
  const progress = openProgress(io);
  const nowMs = io.now();
  try {
    const { report, pods, templates, consistency, isWhole } = await auditCluster(client, {
      policy,
      nowMs,
      namespace,
      cluster: source,
      baseline,
      list: patience,
      detail: wantsDetail(options),
      onProgress: progress.show,
    });
    progress.end();
    const state =
      consistency === 'snapshot'
        ? 'each kind as of one moment'
        : 'the API server forgot a state while it was listed, and went on with a later one';
    io.stderr(`${plainLine(source)}: read ${pods} pods and ${templates} templates; ${state}\n`);
    if (!options.writeReports) return { report, failures: [] };
    const writes = await writeReports(client, report, {
      choice: options.reportApi,
      namespace,
      isWhole: options.allowPartial ? () => true : isWhole,
      nowMs,
      monotonicMs: () => performance.now(),
      patience,
    });
    tellWrites(writes, isPartial(report) && !options.allowPartial, io);
    return { report, failures: writes?.failures ?? [] };
  } finally {
    progress.end();
    client.close();
  }
}

function tellWrites(writes: Awaited<ReturnType<typeof writeReports>>, partial: boolean, io: CommandIo): void {
  if (writes === undefined) {
    io.stderr('report objects: none are written, as the cluster serves no API of them or none is wanted\n');
    return;
  }
  const { api, written, deleted, unchanged } = writes;
  const { apiVersion } = reportApis[api];
  io.stderr(`report objects (${apiVersion}): ${written} written, ${deleted} deleted, ${unchanged} unchanged\n`);
  if (partial) io.stderr('report objects of namespaces that were not seen whole are left as they were\n');
}
