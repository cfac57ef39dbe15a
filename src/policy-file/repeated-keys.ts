import { isScalar, visit } from 'yaml';
import type { Document } from 'yaml';

/**
 * Offsets of the keys that stand a second time in their map. The reader's own check compares each key with each, which a
 * map of 20,000 keys makes half a minute of in which nothing is admitted.
 */
export function repeatedKeys(document: Document): readonly number[] {
  const repeated: number[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) repeated.push(key.range?.[0] ?? 0);
        seen.add(name);
      }
    },
  });
  return repeated;
}
