import type { Report } from '../report/report.ts';
import type { AuditState, FindingCount } from '../telemetry/audit-metrics.ts';

/** Namespaces with series of their own: whoever may make namespaces chooses how many there are. */
const maxNamespaces = 100;
/** No name of a namespace. */
const otherNamespaces = '_other';

/** What the metrics tell of a report. */
export function auditStateOf(report: Report, facts: Omit<AuditState, 'findings' | 'atRisk'>): AuditState {
  return { ...facts, findings: findingCounts(report), atRisk: report.recreateRisk?.length ?? 0 };
}

/** Findings by rule, severity and namespace, the namespaces with the most of them first. */
export function findingCounts({ objects }: Report): FindingCount[] {
  const byNamespace = new Map<string, number>();
  for (const { object, findings } of objects) {
    if (findings.length === 0) continue;
    byNamespace.set(object.namespace, (byNamespace.get(object.namespace) ?? 0) + findings.length);
  }
  const named = new Set(
    [...byNamespace]
      .toSorted(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
      .slice(0, maxNamespaces)
      .map(([namespace]) => namespace),
  );
  const counts = new Map<string, FindingCount>();
  for (const { object, findings } of objects) {
    const namespace = named.has(object.namespace) ? object.namespace : otherNamespaces;
    for (const { rule, severity } of findings) {
      const key = [rule, severity, namespace].join('\0');
      counts.set(key, { rule, severity, namespace, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()];
}
