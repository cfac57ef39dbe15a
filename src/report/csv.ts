import type { ReportFinding, Report } from './report.ts';
import { ownerOf } from './report.ts';
import { describeObject } from './describe.ts';
import { plainLine } from './terminal.ts';

const columns = [
  'rule',
  'severity',
  'action',
  'kind',
  'namespace',
  'name',
  'container',
  'path',
  'image',
  'message',
  'remedy',
  'owner',
  'pods',
  'exemption',
  'first seen',
  'file',
  'line',
] as const;

/** Every finding, the exempted ones last, as CSV (RFC 4180) with a header line. */
export function* csvReport(report: Report): Generator<string> {
  yield record(columns);
  for (const { findings } of report.objects) for (const finding of findings) yield record(cells(finding));
  for (const { exempted } of report.objects) for (const finding of exempted) yield record(cells(finding));
}

function cells(finding: ReportFinding): readonly string[] {
  const { object, source, pods } = finding;
  return [
    finding.rule,
    finding.severity,
    finding.action,
    object.kind,
    object.namespace,
    object.name,
    finding.container ?? '',
    finding.path,
    finding.image ?? '',
    finding.message,
    finding.remedy,
    describeObject(ownerOf(finding)),
    pods === undefined ? '' : String(pods.total),
    finding.exemption ?? '',
    finding.firstSeen ?? '',
    source?.file ?? '',
    source === undefined ? '' : String(source.line),
  ];
}

/** One line of CSV. */
export function record(values: readonly string[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/** A spreadsheet runs a cell that begins so. Source: OWASP, "CSV Injection"; the wide forms count where the language has them. */
const formula = /^\s*[=+\-@\t\r\n＝＋－＠]/;

/** Where the language has a decimal comma, a spreadsheet begins a cell behind each `;`, quoted or not. */
const innerFormula = /;[ \t]*(?=[=+\-@＝＋－＠])/g;

/** One value on one line; an apostrophe in front makes it text for a spreadsheet where that would run it. */
function cell(value: string): string {
  const plain = plainLine(value, Number.POSITIVE_INFINITY);
  const defused = plain.replace(innerFormula, "$&'");
  const text = formula.test(value) ? `'${defused}` : defused;
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
