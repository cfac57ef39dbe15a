import { ruleDefinitions } from '../policy/rules/index.ts';
import { counted, describeObject, describeSource } from './describe.ts';
import { headline } from './headline.ts';
import { worstFirst } from './report-builder.ts';
import type { Report, ReportFinding } from './report.ts';
import { findingsOf, isPartial, ownerOf } from './report.ts';
import { plainLine } from './terminal.ts';

/** Longest comment that GitHub takes, in UTF-16 units; GitLab takes more. */
const limit = 65_535;

/** Kept free for the line that counts what was left out. */
const reserve = 200;

/**
 * The report as a comment on a pull request: worst first, and what does not fit into one comment is counted.
 * Names and messages stand in code spans, where neither Markdown nor HTML nor a mention means anything.
 */
export function markdownReport(report: Report): string {
  const findings = findingsOf(report).toSorted(worstFirst);
  const parts = [head(report)];
  let length = parts[0]?.length ?? 0;
  let told = 0;
  for (const finding of findings) {
    const item = itemOf(finding);
    if (length + item.length > limit - reserve) break;
    parts.push(item);
    length += item.length;
    told += 1;
  }
  if (told < findings.length) parts.push(rest(findings.slice(told)));
  return parts.join('');
}

function head(report: Report): string {
  const { objects, denied, warned, audited, exempted } = report.summary;
  const lines = [
    `## ${headline(report)}`,
    '',
    '| checked | denied | warned | audited | clean | findings exempted |',
    '| ------: | -----: | -----: | ------: | ----: | ----------------: |',
    `| ${objects} | ${denied} | ${warned} | ${audited} | ${objects - denied - warned - audited} | ${exempted} |`,
    '',
  ];
  if (isPartial(report)) lines.push(...partialLines(report), '');
  const { deltas } = report;
  if (deltas !== undefined) {
    const counts = `${deltas.new} new, ${deltas.fixed.length} fixed, ${deltas.unchanged} unchanged`;
    lines.push(`Against ${code(deltas.baseline)}: ${counts}.`, '');
  }
  return `${lines.join('\n')}\n`;
}

const toldProblems = 20;

function partialLines({ errors, partial = [] }: Report): string[] {
  const problems = [
    ...errors.map(({ message, source }) => (source === undefined ? message : `${describeSource(source)}: ${message}`)),
    ...partial.map(({ what, reason, unknown }) => `${what}: ${reason}; ${unknown}`),
  ];
  const more = problems.length - toldProblems;
  return [
    `**Partial:** ${counted(problems.length, 'part')} could not be judged, and what stands there is unknown.`,
    '',
    ...problems.slice(0, toldProblems).map((problem) => `- ${code(problem)}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

const remedies: ReadonlyMap<string, string> = new Map(ruleDefinitions.map(({ id, remedy }) => [id, remedy]));

function itemOf(finding: ReportFinding): string {
  const { action, severity, rule, path, container, source, message, remedy, delta, pods } = finding;
  const places = [
    code(path),
    ...(container === undefined ? [] : [`container ${code(container)}`]),
    ...(source === undefined ? [] : [code(describeSource(source))]),
    ...(pods === undefined ? [] : [counted(pods.total, 'pod')]),
  ];
  const mark = delta === 'new' ? ' (new)' : '';
  return [
    `- **${action}** ${severity} **${rule}**${mark}: ${code(describeObject(ownerOf(finding)))}`,
    `  ${code(message)}`,
    `  at ${places.join(', ')}`,
    // A remedy that is the rule's own is Markdown of ours; another may quote the object.
    `  Do: ${remedies.get(rule) === remedy ? remedy : code(remedy)}`,
    '',
  ].join('  \n');
}

function rest(findings: readonly ReportFinding[]): string {
  const count = (action: ReportFinding['action']): number => findings.filter((each) => each.action === action).length;
  const counts = `${count('deny')} denied, ${count('warn')} warned, ${count('audit')} audited`;
  return `\nNot shown, since a comment can hold no more: ${counted(findings.length, 'finding')} (${counts}).\n`;
}

/** Foreign text as a code span; its fence is longer than any run of backticks in it. */
export function code(text: string): string {
  const plain = plainLine(text, 300);
  if (plain.trim() === '') return '(none)';
  const longest = Math.max(0, ...(plain.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // One blank at each end is taken away again, where both are there.
  const pad = longest > 0 || /^ .* $/.test(plain) ? ' ' : '';
  return `${fence}${pad}${plain}${pad}${fence}`;
}
