import type { Paint } from '../report/terminal.ts';
import { paint, plainLine } from '../report/terminal.ts';
import type { Investigation } from './investigation.ts';
import type { Row } from './page-row.ts';
import { sectionsOf } from './page.ts';

/** Longest line of a page: a command line of a pod may have a megabyte. */
const maxLine = 400;

/** An investigation for a terminal. */
export function textPage(found: Investigation, options: { readonly colour: boolean }): string {
  const colours = paint(options.colour);
  const shout = { critical: colours.red, high: colours.red, medium: colours.yellow, none: colours.cyan }[found.alarm];
  const head = [
    colours.bold(shout(plainLine(found.headline, maxLine))),
    colours.dim(
      plainLine(`asked: ${found.asked}; ${found.cluster}; ${found.takenAt}; policy ${found.policy}`, maxLine),
    ),
  ];
  const sections = sectionsOf(found).flatMap(({ title, rows }) => [
    '',
    colours.bold(title),
    ...rows.flatMap((row) => lines(row, colours)),
  ]);
  return `${[...head, ...sections].join('\n')}\n`;
}

function lines({ label, text, tone, command }: Row, colours: Paint): string[] {
  const shade = tone === 'alarm' ? colours.red : tone === 'soft' ? colours.dim : (each: string) => each;
  const name = label === undefined ? '' : `${plainLine(label, 200)}: `;
  return [
    `  ${shade(`${name}${plainLine(text, maxLine)}`)}`,
    // Whole: a command that is cut is another one.
    ...(command === undefined ? [] : [`      ${plainLine(command, Number.POSITIVE_INFINITY)}`]),
  ];
}
