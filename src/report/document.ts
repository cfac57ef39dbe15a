import type { Report, ReportFinding } from './report.ts';

/** The report as a plain value with the fields of SPEC 9, for JSON, YAML and a later run's baseline. */
export function reportDocument(report: Report): object {
  const { cluster, namespace, summary, objects, errors, coverage, recreateRisk, exemptions, deltas, partial } = report;
  return {
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Report',
    ...(cluster !== undefined && { cluster }),
    ...(namespace !== undefined && { namespace }),
    summary,
    findings: objects.flatMap(({ findings }) => findings.map(withoutDetail)),
    exempted: objects.flatMap(({ exempted }) => exempted.map(withoutDetail)),
    errors,
    ...(coverage !== undefined && { coverage }),
    ...(recreateRisk !== undefined && { recreateRisk }),
    ...(exemptions !== undefined && { exemptions }),
    ...(deltas !== undefined && { deltas }),
    ...(partial !== undefined && { partial }),
  };
}

/** JSON and YAML leave out what is undefined. */
function withoutDetail(finding: ReportFinding): object {
  return { ...finding, detail: undefined };
}
