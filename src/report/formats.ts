import type { ReportFormat } from './format-names.ts';
import { jsonReport } from './json.ts';
import type { Report } from './report.ts';
import { isPartial } from './report.ts';
import { tableReport } from './table.ts';

/** What a format needs to know beside the report. */
export interface FormatOptions {
  readonly colour: boolean;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Version of Seawall. */
  readonly version: string;
}

/** A report in one format. */
export interface FormattedReport {
  readonly chunks: Iterable<string>;
  /** What had to be left out, a line each; it belongs on standard error. */
  readonly notes: readonly string[];
}

/** Whether a format tells what a finding's `detail` holds. */
export function needsDetail(format: ReportFormat): boolean {
  return format === 'html';
}

/** Writes a report in one format; only the code of that format is loaded. */
export async function formatReport(
  report: Report,
  format: ReportFormat,
  options: FormatOptions,
): Promise<FormattedReport> {
  switch (format) {
    case 'table':
      return whole(tableReport(report, options));
    case 'json':
      return whole(jsonReport(report));
    case 'yaml':
      return whole((await import('./yaml.ts')).yamlReport(report));
    case 'sarif': {
      const { text, note } = (await import('./sarif.ts')).sarifReport(report, options.version);
      return { chunks: [text], notes: note === undefined ? [] : [note] };
    }
    case 'junit':
      return { chunks: (await import('./junit.ts')).junitReport(report), notes: [] };
    case 'html':
      return whole((await import('./html.ts')).htmlReport(report, options));
    case 'csv':
      return { chunks: (await import('./csv.ts')).csvReport(report), notes: incomplete('csv', report) };
    case 'markdown':
      return whole((await import('./markdown.ts')).markdownReport(report));
    case 'policyreport': {
      const { text, note } = (await import('./policy-report.ts')).policyReportDocument(report, {
        nowMs: options.nowMs,
      });
      return { chunks: [text], notes: [...incomplete('policyreport', report), ...(note === undefined ? [] : [note])] };
    }
  }
}

const whole = (text: string): FormattedReport => ({ chunks: [text], notes: [] });

/** A format without a place for what was not seen must not pass for the whole. */
function incomplete(format: ReportFormat, report: Report): string[] {
  return isPartial(report) ? [`${format}: has no place for what could not be judged; another format tells it`] : [];
}
