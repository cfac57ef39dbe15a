import type { ObjectReference } from '../policy/finding.ts';
import type { JudgedObject, Report, ReportFinding, Source } from './report.ts';
import type { Paint } from './terminal.ts';
import { paint, plainLine } from './terminal.ts';

/** The report for a person: grouped by object, worst first, a summary line at the end. */
export function tableReport(report: Report, options: { readonly colour: boolean }): string {
  const colours = paint(options.colour);
  const blocks = report.objects.filter(({ findings }) => findings.length > 0).map((judged) => block(judged, colours));
  return [...blocks, summaryLine(report)].join('\n');
}

function block({ object, findings }: JudgedObject, colours: Paint): string {
  const lines = [colours.bold(plainLine(describeObject(object)))];
  for (const finding of findings) lines.push(...findingLines(finding, colours));
  return `${lines.join('\n')}\n`;
}

function findingLines(finding: ReportFinding, colours: Paint): string[] {
  const { action, severity, rule, source } = finding;
  const badge = { deny: colours.red, warn: colours.yellow, audit: colours.cyan }[action](action.padEnd(5));
  const container = finding.container === undefined ? '' : `  (container ${finding.container})`;
  const place = source === undefined ? '' : `  ${describeSource(source)}`;
  return [
    `  ${badge}  ${severity.padEnd(8)}  ${colours.bold(rule)}${plainLine(place)}`,
    `         ${colours.dim(plainLine(finding.path + container))}`,
    `         ${plainLine(finding.message)}`,
    `         ${colours.dim('do:')} ${plainLine(finding.remedy)}`,
  ];
}

/** `Deployment default/web`, as kubectl users say it. */
export function describeObject({ kind, namespace, name }: ObjectReference): string {
  return `${kind === '' ? '(no kind)' : kind} ${namespace === '' ? '' : `${namespace}/`}${name === '' ? '(no name)' : name}`;
}

export function describeSource({ file, line, column }: Source): string {
  return `${file}:${line}:${column}`;
}

function summaryLine({ summary }: Report): string {
  const { objects, denied, warned, audited, exempted, errors } = summary;
  const parts = [
    count(denied, 'denied'),
    count(warned, 'warned'),
    count(audited, 'audited'),
    `${objects - denied - warned - audited} clean`,
  ].filter((part) => part !== '');
  const extra = [
    exempted === 0 ? '' : `; ${exempted} finding${plural(exempted)} exempted`,
    errors === 0 ? '' : `; ${errors} part${plural(errors)} not readable, see the errors`,
  ];
  return `${objects} object${plural(objects)} checked: ${parts.join(', ')}${extra.join('')}\n`;
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}`;
}

function plural(number: number): string {
  return number === 1 ? '' : 's';
}
