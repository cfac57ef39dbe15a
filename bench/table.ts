/** One line of the table that a benchmark prints. */
export interface Row {
  readonly what: string;
  readonly floor: string;
  readonly measured: string;
  readonly result: string;
  readonly bar: string;
  /** Undefined for a line that has no bar. */
  readonly holds: boolean | undefined;
}

const heads = ['what', 'floor', 'seawall', 'result', 'bar', ''] as const;

/** The rows as a table of plain text. */
export function tableText(rows: readonly Row[]): string {
  const lines = [
    heads,
    ...rows.map(({ what, floor, measured, result, bar, holds }) => [
      what,
      floor,
      measured,
      result,
      bar,
      holds === undefined ? '' : holds ? 'pass' : 'FAIL',
    ]),
  ];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const texts = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  texts.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return `${texts.join('\n')}\n`;
}
