import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '..', '..', '..', 'docs');
const begin = '<!-- table: begin -->\n';
const end = '<!-- table: end -->';

/** A page of docs/ with a table that a test prints, between two marks. */
type Page = 'availability.md' | 'reliability.md';

/** Puts the table between the marks of the page. */
export function writeTable(page: Page, table: string): void {
  const { before, after } = partsOf(page);
  writeFileSync(join(docs, page), `${before}${begin}\n${table}\n${end}${after}`);
}

/** The table between the marks of the page. */
export function readTable(page: Page): string {
  return partsOf(page).table;
}

function partsOf(page: Page): { readonly before: string; readonly table: string; readonly after: string } {
  const [before, rest] = split(page, readFileSync(join(docs, page), 'utf8'), begin);
  const [table, after] = split(page, rest, end);
  return { before, table: table.replace(/^\n|\n$/g, ''), after };
}

function split(page: Page, text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`docs/${page} has no ${mark.trim()}: the table goes between two such lines`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
