import type { Finding } from '../policy/finding.ts';
import { fixDiff } from '../report/fix-diff.ts';
import type { FindingDetail, Source } from '../report/report.ts';
import { shellWord } from '../report/shell-word.ts';

const linesBefore = 1;
const linesAfter = 2;

/** A longer line is cut: a minified file is one line. */
const maxColumns = 200;

/** What a reader needs to mend a finding of a file; `lines` are those of the file. */
export function detailOf(value: unknown, finding: Finding, source: Source, lines: readonly string[]): FindingDetail {
  const first = Math.max(1, source.line - linesBefore);
  const excerpt = lines.slice(first - 1, source.line + linesAfter).map((line) => cut(line, source.column));
  const fix = fixDiff(value, finding);
  return {
    ...(excerpt.length > 0 && { excerpt: { firstLine: first, lines: excerpt } }),
    ...(fix !== undefined && { fix }),
    command: commandFor(finding, source.file),
  };
}

function commandFor({ fixable, rule }: Finding, file: string): string {
  return fixable && file !== '<stdin>'
    ? `seawall check --fix --write ${shellWord(file)}`
    : `seawall policy explain ${rule}`;
}

/** The part of a long line where the field is. */
function cut(line: string, column: number): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (text.length <= maxColumns) return text;
  const from = Math.max(0, Math.min(column - 1 - maxColumns / 4, text.length - maxColumns));
  return `${from > 0 ? '…' : ''}${text.slice(from, from + maxColumns)}${from + maxColumns < text.length ? '…' : ''}`;
}
