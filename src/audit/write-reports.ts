import type { ApiClient } from '../cluster/api.ts';
import type { Patience } from '../cluster/patience.ts';
import type { ReportApi } from '../report/policy-report.ts';
import { policyReports } from '../report/policy-report.ts';
import type { ReportApiChoice } from '../report/report-api-choices.ts';
import type { Report } from '../report/report.ts';
import { findReportApis } from './report-api.ts';
import type { ReportWrites } from './report-objects.ts';
import { ReportObjects } from './report-objects.ts';

export interface WriteReportsOptions {
  readonly choice: ReportApiChoice;
  /** Only the objects of this namespace. */
  readonly namespace?: string | undefined;
  readonly isWhole: (namespace: string) => boolean;
  /** Time of the scan, in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly monotonicMs: () => number;
  readonly patience: Patience;
}

/**
 * Makes the report objects in a cluster those of one scan; undefined where no report API is wanted or served.
 * @throws {ApiError} where they cannot be read
 * @throws where an API was asked for that is not served
 */
export async function writeReports(
  client: Pick<ApiClient, 'request'>,
  report: Report,
  { choice, namespace, isWhole, nowMs, monotonicMs, patience }: WriteReportsOptions,
): Promise<(ReportWrites & { readonly api: ReportApi }) | undefined> {
  const { write: api, others } = await findReportApis(client, choice, patience);
  if (api === undefined) return undefined;
  const bring = { isWhole, countsToo: true };
  const open = (each: ReportApi) => ReportObjects.load({ client, api: each, namespace, patience, monotonicMs });
  const wanted = policyReports(report, { api, nowMs }).filter(
    ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
  );
  const writes = await (await open(api)).bring(wanted, bring);
  // What stays of an earlier choice would be told twice.
  const left = await Promise.all(others.map(async (other) => (await open(other)).bring([], bring)));
  return {
    ...writes,
    api,
    deleted: writes.deleted + left.reduce((sum, { deleted }) => sum + deleted, 0),
    failures: [...writes.failures, ...left.flatMap(({ failures }) => failures)],
  };
}
