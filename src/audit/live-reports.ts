import type { ApiClient } from '../cluster/api.ts';
import type { Patience } from '../cluster/patience.ts';
import { policyReports, reportApis } from '../report/policy-report.ts';
import type { ReportApi } from '../report/policy-report.ts';
import type { ReportApiChoice } from '../report/report-api-choices.ts';
import type { Report } from '../report/report.ts';
import type { ReportCounts } from '../telemetry/audit-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { SparseWarning } from '../telemetry/sparse-warnings.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import { findReportApis } from './report-api.ts';
import { ReportObjects } from './report-objects.ts';

export interface LiveReportsOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly reportApi: ReportApiChoice;
  readonly patience: Patience;
  readonly log: Log;
  readonly monotonicMs: () => number;
  /** What was done in all rounds. */
  readonly totals: ReportTotals;
}

export interface ReportTotals {
  written: number;
  deleted: number;
  failed: number;
}

/**
 * Opens the report objects of a cluster for a round of the audit; undefined where no API of them is wanted or served.
 * @throws {ApiError} where they cannot be read
 */
export async function openLiveReports(options: LiveReportsOptions): Promise<LiveReports | undefined> {
  const { client, reportApi, patience, log, monotonicMs, totals } = options;
  const { write: api, others } = await findReportApis(client, reportApi, patience);
  if (api === undefined) {
    log.info({}, 'no report objects are written: the cluster serves no API of them, or none is wanted');
    return undefined;
  }
  const open = (each: ReportApi) => ReportObjects.load({ client, api: each, patience, monotonicMs });
  for (const other of others) {
    // What stays of an earlier choice would be told twice.
    const { deleted } = await (await open(other)).bring([], { isWhole: () => true, countsToo: true });
    if (deleted > 0) log.info({ api: reportApis[other].apiVersion, deleted }, 'report objects of another API deleted');
  }
  return new LiveReports(api, await open(api), sparseWarnings({ log, monotonicMs }), totals);
}

/** The report objects of one round. */
export class LiveReports {
  readonly #api: ReportApi;
  readonly #objects: ReportObjects;
  readonly #warn: SparseWarning;
  readonly #totals: ReportTotals;
  #isFirst = true;
  #isBehind = false;

  constructor(api: ReportApi, objects: ReportObjects, warn: SparseWarning, totals: ReportTotals) {
    this.#totals = totals;
    this.#api = api;
    this.#objects = objects;
    this.#warn = warn;
  }

  /** Whether something has to be written although nothing changes any more: its turn had not come, or it failed. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** How many objects there are, and what was done in all rounds. */
  counts(): ReportCounts {
    return { ...this.#totals, objects: this.#objects.size };
  }

  async bring(report: Report, nowMs: number): Promise<void> {
    const wanted = policyReports(report, { api: this.#api, nowMs });
    // Numbers of pods change all the time; they are brought up to date once a round, and with every other change.
    const countsToo = this.#isFirst;
    const { written, deleted, postponed, failures } = await this.#objects.bring(wanted, {
      isWhole: () => true,
      countsToo,
    });
    this.#isFirst = false;
    this.#isBehind = postponed > 0 || failures.length > 0;
    this.#totals.written += written;
    this.#totals.deleted += deleted;
    this.#totals.failed += failures.length;
    for (const failure of failures)
      this.#warn(failure, { problem: plainLine(failure) }, 'a report object was not written');
  }
}
