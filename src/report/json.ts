import type { Report } from './report.ts';

/** The JSON report: one document, apiVersion seawall.dev/v1alpha1, kind Report. */
export function jsonReport(report: Report): string {
  const document = {
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Report',
    summary: report.summary,
    findings: report.objects.flatMap(({ findings }) => findings),
    exempted: report.objects.flatMap(({ exempted }) => exempted),
    errors: report.errors,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
