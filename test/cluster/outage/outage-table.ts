import type { Form } from './forms.ts';
import type { Answer, ProbeName } from './probes.ts';
import { probeNames, probes } from './probes.ts';

/** What was answered in one form while one thing was gone. */
export interface Row {
  readonly gone: string;
  readonly form: Form;
  readonly answers: ReadonlyMap<ProbeName, readonly Answer[]>;
}

/** A table in Markdown, as prettier writes it. */
export function outageTable(rows: readonly Row[]): string {
  const cells = [
    ['gone', 'form', ...probeNames.map((name) => probes[name].what)],
    ...rows.map(({ gone, form, answers }) => [
      gone,
      form,
      ...probeNames.map((name) => (answers.get(name) ?? []).join(', or ')),
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = cells;
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(line).join('');
}
