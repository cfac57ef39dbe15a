import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Patience } from '../cluster/patience.ts';
import { getPatiently } from '../cluster/patience.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { ReportApi } from '../report/policy-report.ts';
import { reportApis } from '../report/policy-report.ts';
import type { ReportApiChoice } from '../report/report-api-choices.ts';

/** The report APIs that a cluster serves: the one to write, and the others, where objects of ours would be told twice. */
export interface ReportApis {
  readonly write: ReportApi | undefined;
  readonly others: readonly ReportApi[];
}

/** Plurals of the kinds. Source: github.com/openreports/reports-api config/crd, github.com/kyverno/kyverno config/crds/policyreport. */
const plurals = {
  openreports: { namespaced: 'reports', cluster: 'clusterreports' },
  wgpolicy: { namespaced: 'policyreports', cluster: 'clusterpolicyreports' },
} as const satisfies Record<ReportApi, object>;

/**
 * Finds out which API of report objects to write.
 * @throws {ApiError} where the API server does not say
 * @throws where one was asked for that is not served
 */
export async function findReportApis(
  client: Pick<ApiClient, 'request'>,
  choice: ReportApiChoice,
  patience: Patience,
): Promise<ReportApis> {
  if (choice === 'none') return { write: undefined, others: [] };
  const served: ReportApi[] = [];
  for (const api of ['openreports', 'wgpolicy'] as const) {
    if (await isServed(client, api, patience)) served.push(api);
  }
  const write = choice === 'auto' ? served[0] : choice;
  if (write !== undefined && !served.includes(write)) {
    const { apiVersion } = reportApis[write];
    throw new Error(`the API server does not serve ${apiVersion}: install its CRDs, or leave --report-api at auto`);
  }
  return { write, others: served.filter((api) => api !== write) };
}

async function isServed(client: Pick<ApiClient, 'request'>, api: ReportApi, patience: Patience): Promise<boolean> {
  try {
    const body = await getPatiently(client, `/apis/${reportApis[api].apiVersion}`, patience);
    const names = new Set(asList(body['resources']).map((resource) => asString(asObject(resource)['name'])));
    return names.has(plurals[api].namespaced) && names.has(plurals[api].cluster);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not-found') return false;
    throw error;
  }
}

/** The collection of an API's report objects: of one namespace, of all (undefined), or of what is in none (''). */
export function reportsPath(api: ReportApi, namespace: string | undefined): string {
  const root = `/apis/${reportApis[api].apiVersion}`;
  if (namespace === '') return `${root}/${plurals[api].cluster}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${plurals[api].namespaced}`;
}
