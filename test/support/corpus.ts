import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of objects that nobody here wrote; it stands beside the checkout and is never copied into it. */
export const corpus = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');

export const hasCorpus = existsSync(join(corpus, 'oracle.tsv'));

/** `describe` where the corpus is there; elsewhere the suite is told as skipped, which fails a CI run. */
export const describeWithCorpus = hasCorpus ? describe : describe.skip;

/** The rows of a tab-separated table, by the names in its first line; none where the corpus is absent. */
export function corpusTable(name: string): Record<string, string>[] {
  if (!hasCorpus) return [];
  const [header = '', ...lines] = readFileSync(join(corpus, name), 'utf8').trimEnd().split('\n');
  const names = header.split('\t');
  return lines.map((line) => {
    const values = line.split('\t');
    return Object.fromEntries(names.map((column, index) => [column, values[index] ?? '']));
  });
}
