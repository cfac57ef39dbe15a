import { createHash } from 'node:crypto';
import type { Category } from '../policy/rule.ts';
import { ruleDefinitions } from '../policy/rules/index.ts';
import { worstFirst } from './report-builder.ts';
import type { OwnerReference, Report, ReportFinding } from './report.ts';
import { jsonText, plainLine } from './terminal.ts';

/** The two APIs of report objects that readers know; their fields are the same but for those on top. */
export type ReportApi = 'wgpolicy' | 'openreports';

/** Where an API has its objects: those of a namespace, and those of what is in none. */
export const reportApis = {
  openreports: { apiVersion: 'openreports.io/v1alpha1', kind: 'Report', clusterKind: 'ClusterReport' },
  wgpolicy: { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport', clusterKind: 'ClusterPolicyReport' },
} as const satisfies Record<ReportApi, object>;

/** What an object of ours is known by; nothing else is touched. */
export const reportLabels = { 'app.kubernetes.io/managed-by': 'seawall' } as const;

/** Bounds of one object: etcd and every reader pay for each write of it. 256 KiB, less what the API server adds to it. */
export const policyReportLimits: PolicyReportLimits = { results: 500, bytes: 254 * 1024, shards: 256 };

export interface PolicyReportLimits {
  readonly results: number;
  readonly bytes: number;
  /** Most objects of one namespace. */
  readonly shards: number;
}

export interface PolicyReportOptions {
  readonly api: ReportApi;
  /** Time of the scan, in milliseconds since the epoch; it stands in each result and nowhere else. */
  readonly nowMs: number;
  readonly limits?: PolicyReportLimits;
}

export interface PolicyReportResult {
  readonly source: 'seawall';
  readonly policy: string;
  readonly rule: string;
  readonly category: Category;
  readonly severity: string;
  readonly result: 'fail' | 'warn';
  readonly message: string;
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
  readonly resources: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly uid?: string;
  }[];
  readonly properties: Readonly<Record<string, string>>;
}

/** An object of either kind, ready to be applied. */
export interface PolicyReportObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent for what is in no namespace. */
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly source?: string;
  readonly configuration?: object;
  readonly summary: Readonly<Record<'pass' | 'fail' | 'warn' | 'error' | 'skip', number>>;
  readonly results: readonly PolicyReportResult[];
}

/** The objects as one List in JSON, which `kubectl apply -f -` takes; and in one line what the limits of an object keep out of it. */
export function policyReportDocument(
  report: Report,
  { nowMs }: { readonly nowMs: number },
): { readonly text: string; readonly note?: string } {
  const items = policyReports(report, { api: 'wgpolicy', nowMs });
  const text = `${jsonText({ apiVersion: 'v1', kind: 'List', items }, 2)}\n`;
  const all = items.reduce((sum, { summary }) => sum + summary.fail + summary.warn, 0);
  const told = items.reduce((sum, { results }) => sum + results.length, 0);
  if (told === all) return { text };
  return {
    text,
    note: `policyreport: ${told} of ${all} findings are in it, the worst of each object; it can hold no more`,
  };
}

/**
 * The report objects of every namespace that has findings: as few as keep within the limits, an owner always in the same
 * one of them, worst first. An object that cannot hold all of its findings keeps the worst, counts all in its summary, and
 * each of its results says how many are left out.
 */
export function policyReports(report: Report, options: PolicyReportOptions): PolicyReportObject[] {
  const byNamespace = new Map<string, Owned[]>();
  for (const { object, findings } of report.objects) {
    for (const finding of findings) {
      // The judged object is the root owner of an audit, and has its uid.
      const owner = finding.owner ?? object;
      const found = byNamespace.get(owner.namespace);
      if (found === undefined) byNamespace.set(owner.namespace, [{ finding, owner }]);
      else found.push({ finding, owner });
    }
  }
  return [...byNamespace]
    .toSorted(([one], [other]) => compareText(one, other))
    .flatMap(([namespace, findings]) => shardsOf(namespace, findings.toSorted(worstThenStable), options));
}

interface Owned {
  readonly finding: ReportFinding;
  readonly owner: OwnerReference;
}

/** A result and its bytes, so that an object's size is a sum. */
interface Sized {
  readonly owned: Owned;
  readonly result: PolicyReportResult;
  readonly bytes: number;
}

function shardsOf(namespace: string, findings: readonly Owned[], options: PolicyReportOptions): PolicyReportObject[] {
  const { results: maxResults, bytes: maxBytes, shards } = options.limits ?? policyReportLimits;
  const sized = findings.map((owned): Sized => {
    const result = resultOf(owned, options.nowMs, 0);
    return { owned, result, bytes: sizeOf(result) + 1 };
  });
  const empty = sizeOf(reportObject(namespace, 0, sized, [], options));
  const fits = (group: readonly Sized[]): boolean =>
    group.length <= maxResults && group.reduce((sum, { bytes }) => sum + bytes, empty) <= maxBytes;
  const owners = new Set(findings.map(({ owner }) => identityOf(owner))).size;
  for (let count = 1; ; count *= 2) {
    const groups = Map.groupBy(sized, ({ owned: { owner } }) => shardOf(owner, count));
    const isLast = count * 2 > shards || groups.size === owners;
    if (!isLast && ![...groups.values()].every(fits)) continue;
    return [...groups]
      .toSorted(([one], [other]) => one - other)
      .map(([shard, group]) =>
        fits(group)
          ? reportObject(namespace, shard, group, resultsOf(group), options)
          : truncated(namespace, shard, group, options),
      );
  }
}

const resultsOf = (group: readonly Sized[]): PolicyReportResult[] => group.map(({ result }) => result);

/** The object with as many of its worst findings as the limits let it hold. */
function truncated(
  namespace: string,
  shard: number,
  group: readonly Sized[],
  options: PolicyReportOptions,
): PolicyReportObject {
  const { results, bytes } = options.limits ?? policyReportLimits;
  const holding = (kept: number): PolicyReportObject => {
    const left = group.length - kept;
    const told = group.slice(0, kept).map(({ owned }) => resultOf(owned, options.nowMs, left));
    return reportObject(namespace, shard, group, told, options);
  };
  let low = 0;
  let high = Math.min(results, group.length);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sizeOf(holding(middle)) <= bytes) low = middle;
    else high = middle - 1;
  }
  return holding(low);
}

function reportObject(
  namespace: string,
  shard: number,
  all: readonly Sized[],
  results: readonly PolicyReportResult[],
  { api, limits = policyReportLimits }: PolicyReportOptions,
): PolicyReportObject {
  const { apiVersion, kind, clusterKind } = reportApis[api];
  const fail = all.filter(({ result }) => result.result === 'fail').length;
  return {
    apiVersion,
    kind: namespace === '' ? clusterKind : kind,
    metadata: {
      name: `seawall-${shard}`,
      ...(namespace !== '' && { namespace }),
      labels: reportLabels,
    },
    ...(api === 'openreports' && {
      source: 'seawall',
      configuration: { limits: { maxResults: limits.results, statusFilter: ['fail', 'warn'] } },
    }),
    summary: { pass: 0, fail, warn: all.length - fail, error: 0, skip: 0 },
    results,
  };
}

const categories: ReadonlyMap<string, Category> = new Map(ruleDefinitions.map(({ id, category }) => [id, category]));

function resultOf({ finding, owner }: Owned, nowMs: number, leftOut: number): PolicyReportResult {
  const { rule, severity, action, message, fingerprint, path, container, remedy, image, pods } = finding;
  const { apiVersion, kind, namespace, name, uid } = owner;
  return {
    source: 'seawall',
    policy: rule,
    rule,
    category: categories.get(rule) ?? 'Host access',
    severity,
    result: action === 'deny' ? 'fail' : 'warn',
    message: plainLine(message, 1000),
    timestamp: { seconds: Math.floor(nowMs / 1000), nanos: Math.floor(nowMs % 1000) * 1_000_000 },
    // Readers show the first resource alone.
    resources: [{ apiVersion, kind, ...(namespace !== '' && { namespace }), name, ...(uid !== undefined && { uid }) }],
    properties: {
      // Readers that find none make one of the message, and two pods with one message become one.
      resultID: fingerprint,
      action,
      path: plainLine(path),
      remedy: plainLine(remedy, 1000),
      ...(container !== undefined && { container: plainLine(container) }),
      ...(image !== undefined && { image: plainLine(image) }),
      ...(pods !== undefined && { pods: String(pods.total) }),
      ...(leftOut > 0 && { truncated: `${leftOut} more findings are not in this object` }),
    },
  };
}

function sizeOf(object: PolicyReportObject | PolicyReportResult): number {
  return Buffer.byteLength(JSON.stringify(object));
}

function shardOf(owner: OwnerReference, count: number): number {
  return createHash('sha256').update(identityOf(owner)).digest().readUInt32BE(0) % count;
}

/** What tells one owner from another: its uid, which a namesake that is made later does not get. */
function identityOf({ uid, apiVersion, kind, namespace, name }: OwnerReference): string {
  return uid ?? JSON.stringify([apiVersion, kind, namespace, name]);
}

function worstThenStable({ finding: one }: Owned, { finding: other }: Owned): number {
  return worstFirst(one, other) || compareText(one.fingerprint, other.fingerprint);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
