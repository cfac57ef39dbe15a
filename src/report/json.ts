import { reportDocument } from './document.ts';
import type { Report } from './report.ts';
import { plainText } from './terminal.ts';

/** The JSON report: one document, apiVersion seawall.dev/v1alpha1, kind Report; plain on a terminal too. */
export function jsonReport(report: Report): string {
  return `${plainText(JSON.stringify(reportDocument(report), undefined, 2))}\n`;
}
