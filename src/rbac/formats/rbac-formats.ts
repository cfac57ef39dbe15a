import { jsonText } from '../../report/terminal.ts';
import type { RbacReport } from '../rbac-report.ts';
import { documentHead, subjectDocument } from './document.ts';
import { rbacCsv } from './rbac-csv.ts';
import type { RbacFormat } from './rbac-format-names.ts';
import { rbacMarkdown } from './rbac-markdown.ts';
import type { RbacTextOptions } from './rbac-text.ts';
import { rbacText } from './rbac-text.ts';

export interface RbacFormatOptions extends RbacTextOptions {
  readonly nowMs: number;
}

/** The report in one format, in pieces: one of five thousand subjects is never held as one text. */
export async function formatRbac(
  report: RbacReport,
  format: RbacFormat,
  options: RbacFormatOptions,
): Promise<Iterable<string>> {
  switch (format) {
    case 'table':
      return rbacText(report, options);
    case 'json':
      return rbacJson(report);
    case 'yaml': {
      const { yamlText } = await import('../../report/yaml.ts');
      return [yamlText({ ...documentHead(report), subjects: report.subjects.map(subjectDocument) })];
    }
    case 'markdown':
      return [rbacMarkdown(report)];
    case 'html': {
      const { rbacHtml } = await import('./rbac-html.ts');
      return [rbacHtml(report, options)];
    }
    case 'csv':
      return rbacCsv(report);
  }
}

function* rbacJson(report: RbacReport): Generator<string> {
  const head = jsonText(documentHead(report), 2);
  yield `${head.slice(0, -2)},\n  "subjects": [`;
  let between = '';
  for (const subject of report.subjects) {
    const text = jsonText(subjectDocument(subject), 2).replaceAll('\n', '\n    ');
    yield `${between}\n    ${text}`;
    between = ',';
  }
  yield report.subjects.length === 0 ? ']\n}\n' : '\n  ]\n}\n';
}
