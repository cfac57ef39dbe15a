import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'reliability.md');
const begin = '<!-- table: begin -->\n';
const end = '<!-- table: end -->';

/** Puts the table between the marks of docs/reliability.md. */
export function writeTable(table: string): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = split(text, begin);
  const [, after] = split(rest, end);
  writeFileSync(page, `${before}${begin}\n${table}\n${end}${after}`);
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`docs/reliability.md has no ${mark.trim()}: the table goes between two such lines`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
