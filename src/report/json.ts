import type { Report } from './report.ts';
import { plainText } from './terminal.ts';

/** The JSON report: one document, apiVersion seawall.dev/v1alpha1, kind Report; plain on a terminal too. */
export function jsonReport(report: Report): string {
  const document = {
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Report',
    summary: report.summary,
    findings: report.objects.flatMap(({ findings }) => findings),
    exempted: report.objects.flatMap(({ exempted }) => exempted),
    errors: report.errors,
  };
  return `${plainText(JSON.stringify(document, undefined, 2))}\n`;
}
