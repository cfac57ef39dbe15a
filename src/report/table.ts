import { counted, describeObject, describeSource } from './describe.ts';
import type { JudgedObject, Report, ReportFinding } from './report.ts';
import { isInPart } from './report.ts';
import type { Paint } from './terminal.ts';
import { paint, plainLine } from './terminal.ts';

/** The report for a person: grouped by object, worst first, a summary line at the end. */
export function tableReport(report: Report, options: { readonly colour: boolean }): string {
  const colours = paint(options.colour);
  const blocks = report.objects.filter(({ findings }) => findings.length > 0).map((judged) => block(judged, colours));
  return [...blocks, summaryLine(report) + contextLines(report).join('')].join('\n');
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

function summaryLine({ summary }: Report): string {
  const { objects, denied, warned, audited, exempted, errors } = summary;
  const parts = [
    count(denied, 'denied'),
    count(warned, 'warned'),
    count(audited, 'audited'),
    `${objects - denied - warned - audited} clean`,
  ].filter((part) => part !== '');
  const extra = [
    exempted === 0 ? '' : `; ${counted(exempted, 'finding')} exempted`,
    errors === 0 ? '' : `; ${counted(errors, 'part')} not readable, see the errors`,
  ];
  return `${counted(objects, 'object')} checked: ${parts.join(', ')}${extra.join('')}\n`;
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}`;
}

/** What an audit tells beside its findings, a line each. */
function contextLines(report: Report): string[] {
  const { recreateRisk = [], exemptions = [], deltas, partial = [] } = report;
  const unused = isInPart(report) ? 'is not used in what was seen' : 'is not used';
  const lines = [
    ...(deltas === undefined
      ? []
      : [`against ${deltas.baseline}: ${deltas.new} new, ${deltas.fixed.length} fixed, ${deltas.unchanged} unchanged`]),
    ...(recreateRisk.length === 0
      ? []
      : [`${counted(recreateRisk.length, 'owner')} would be refused if recreated now (drain, node loss, rollout)`]),
    ...exemptions
      .filter(({ state }) => state !== 'used')
      .map(({ name, state, expires, owner }) =>
        state === 'unused'
          ? `exemption ${name} of ${owner} ${unused}`
          : `exemption ${name} of ${owner} ${state === 'expired' ? 'ended' : 'ends'} ${expires ?? ''}`,
      ),
    ...partial.map(({ what, reason, unknown }) => `not seen: ${what} (${reason}); ${unknown}`),
  ];
  return lines.map((line) => `${plainLine(line)}\n`);
}
