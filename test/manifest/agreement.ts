import { isDeepStrictEqual } from 'node:util';
import { readManifest } from '../../src/manifest/read.ts';
import type { GoEntry } from './go-reader.ts';

/** What our reader says of a text, in the words of the Go reader. */
export function ourEntries(text: string): GoEntry[] {
  return [...readManifest(text)].map((entry) =>
    entry.ok ? { value: entry.document.value } : { error: entry.error.message },
  );
}

/**
 * The first place where our reader and the API server's differ; undefined where they agree.
 *
 * Errors need not be worded alike. Behind an error in a stream of JSON the Go reader has nothing to say.
 */
export function firstDifference(ours: readonly GoEntry[], theirs: readonly GoEntry[]): string | undefined {
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const our = ours[index];
    const their = theirs[index];
    if (our !== undefined && their !== undefined) {
      if ('error' in their && 'error' in our) {
        if (/^(?:invalid character|unexpected EOF|decoding failed)/.test(their.error)) return undefined;
        continue;
      }
      if ('value' in their && 'value' in our && isDeepStrictEqual(our.value, their.value)) continue;
    }
    return `entry ${index}: ours ${JSON.stringify(our)}, the API server's ${JSON.stringify(their)}`;
  }
  return undefined;
}

/** Errors of ours, on purpose, where the API server's reader goes on; each has a row in the table of strict documents. */
export const strictErrors =
  /byte order mark stands inside|at random|null or too large an integer|infinity and no NaN|!!binary value is not UTF-8|collections stand|lists and mappings stand/;
