import { code } from '../report/markdown.ts';
import { plainLine } from '../report/terminal.ts';
import type { Investigation } from './investigation.ts';
import type { Row } from './page-row.ts';
import { sectionsOf } from './page.ts';

/** An investigation for a ticket: names and messages in code spans, commands in code blocks. */
export function markdownPage(found: Investigation): string {
  const { headline, asked, cluster, takenAt, policy } = found;
  const parts = [
    `## ${code(headline)}`,
    '',
    `Asked: ${code(asked)} of ${code(cluster)}, ${takenAt}, policy ${code(policy)}.`,
    ...sectionsOf(found).flatMap(({ title, rows }) => ['', `### ${title}`, '', ...rows.flatMap(lines)]),
  ];
  return `${parts.join('\n')}\n`;
}

function lines({ label, text, tone, command }: Row): string[] {
  const name = label === undefined ? '' : `${code(label)}: `;
  const line = `- ${tone === 'alarm' ? '**!** ' : ''}${name}${code(text)}`;
  if (command === undefined) return [line];
  // Four blanks make it a part of the item; no fence, which the command might close.
  return [line, '', `      ${plainLine(command, Number.POSITIVE_INFINITY)}`, ''];
}
