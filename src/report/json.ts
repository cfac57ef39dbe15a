import { reportDocument } from './document.ts';
import type { Report } from './report.ts';
import { jsonText } from './terminal.ts';

/** The JSON report: one document, apiVersion seawall.dev/v1alpha1, kind Report; plain on a terminal too. */
export function jsonReport(report: Report): string {
  return `${jsonText(reportDocument(report), 2)}\n`;
}
