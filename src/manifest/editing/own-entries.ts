import { isMergeKey, keyName } from '../decode.ts';
import type { MappingEntry, MappingNode } from '../node.ts';
import { resolveAlias } from '../node.ts';
import { scalarValue } from '../scalar-value.ts';

/** Every entry that a mapping itself has for a key; more than one where the key is written twice. */
export function ownEntries(mapping: MappingNode, name: string): readonly MappingEntry[] {
  return mapping.entries.filter(({ key }) => {
    const content = resolveAlias(key);
    return !isMergeKey(key) && content.kind === 'scalar' && keyName(scalarValue(content)) === name;
  });
}
