import { paint } from './terminal.ts';

const width = 100;

/** A page of ours in Markdown, as a terminal shows it: headings stand out, paragraphs are wrapped, marks are gone. */
export function terminalPage(markdown: string, options: { readonly colour: boolean }): string {
  const colours = paint(options.colour);
  let fenced = false;
  const lines = markdown.split('\n').flatMap((line) => {
    if (line.startsWith('```')) {
      fenced = !fenced;
      return [];
    }
    if (fenced) return [`    ${line}`];
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) return [colours.bold(plain(heading).toUpperCase())];
    if (/^\| -/.test(line)) return [];
    // What the marks of code leave is made up behind it, so that the columns stay.
    if (line.startsWith('|'))
      return [
        line
          .slice(2, -2)
          .replaceAll(' | ', '   ')
          .replace(/`([^`]*)`/g, '$1  ')
          .trimEnd(),
      ];
    if (line.startsWith('- ')) return wrap(plain(line.slice(2)), '  - ', '    ');
    return wrap(plain(line), '', '');
  });
  return lines.join('\n');
}

/** The text without the marks of code and links. */
function plain(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<(https:[^>]*)>/g, '$1')
    .replaceAll('`', '');
}

/** Words on lines of at most `width` characters; a longer word has a line of its own. */
function wrap(text: string, first: string, others: string): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = others;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
