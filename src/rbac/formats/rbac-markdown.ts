import { counted } from '../../report/describe.ts';
import { code } from '../../report/markdown.ts';
import { explainedText } from '../explain-step.ts';
import { subjectText } from '../objects.ts';
import type { PathReport, RbacReport, SubjectReport } from '../rbac-report.ts';
import { effectText, grantText, whereOf } from '../rbac-words.ts';
import { aboutLines, closingLines, withoutImplied } from './rbac-text.ts';

/** Longest comment that GitHub takes, in UTF-16 units, less what the last lines need. */
const limit = 65_000;

/** The report for a ticket or a comment: the worst subjects first, and what does not fit is counted. */
export function rbacMarkdown(report: RbacReport): string {
  const shown = report.subjects.filter(({ isSystem }) => !isSystem);
  const head = [
    `## Launch paths: ${counted(shown.length, 'subject')}`,
    '',
    ...aboutLines(report).map((line) => `- **Partial:** ${code(line)}`),
  ];
  const closing = closingLines(report, shown.length)
    .slice(0, 100)
    .map((line) => `- ${code(line)}`);
  const parts: string[] = [];
  let room = limit - [...head, ...closing].join('\n').length;
  let told = 0;
  for (const subject of shown) {
    const part = subjectPart(subject);
    if (part.length > room) break;
    room -= part.length;
    parts.push(part);
    told += 1;
  }
  const rest = shown.length - told;
  if (rest > 0) parts.push(`\nNot shown, since a comment can hold no more: ${counted(rest, 'subject')}.\n`);
  return `${head.join('\n')}\n${parts.join('')}\n${closing.join('\n')}\n`;
}

function subjectPart({ subject, severity, paths }: SubjectReport): string {
  const rows = withoutImplied(paths).map(row).join('\n');
  return `\n### ${severity}: ${code(subjectText(subject))}\n\n| path | where | effect | by |\n| --- | --- | --- | --- |\n${rows}\n`;
}

function row(report: PathReport): string {
  const { path, grants, chain, isNew } = report;
  const by = [...chain.map(explainedText), ...grants.map(grantText)].join(' -> ');
  const cells = [
    `${path.id} ${path.title}${isNew === true ? ' (new)' : ''}`,
    ...[whereOf(report), effectText(report), by].map((text) => code(text).replaceAll('|', '\\|')),
  ];
  return `| ${cells.join(' | ')} |`;
}
