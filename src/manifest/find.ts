import { isMergeKey, keyName, mergeSources } from './decode.ts';
import type { FieldPath } from '../policy/finding.ts';
import type { MappingEntry, MappingNode, Node } from './node.ts';
import { resolveAlias } from './node.ts';
import { scalarValue } from './scalar-value.ts';

/** The entry of a mapping that wins for a key, wherever it is written. */
export interface FoundEntry {
  readonly entry: MappingEntry;
  /** The mapping that the entry is written in: another one where `<<` brought it in. */
  readonly owner: MappingNode;
}

/** The winning entry for a key, by the rules of decode.ts; the document must have been decoded. */
export function findEntry(mapping: MappingNode, name: string): FoundEntry | undefined {
  let found: FoundEntry | undefined;
  for (const entry of mapping.entries) {
    if (isMergeKey(entry.key)) {
      for (const source of mergeSources(entry.value)) {
        const content = resolveAlias(source);
        if (content.kind === 'mapping') found = findEntry(content, name) ?? found;
      }
    } else if (nameOf(entry.key) === name) found = { entry, owner: mapping };
  }
  return found;
}

function nameOf(key: Node): string | undefined {
  const content = resolveAlias(key);
  return content.kind === 'scalar' ? keyName(scalarValue(content)) : undefined;
}

/** Offset of the key or list element at a path, or of its nearest ancestor that exists. */
export function offsetOf(root: Node, path: FieldPath): number {
  let offset = root.outerStart;
  let node = resolveAlias(root);
  for (const step of path) {
    let next: Node | undefined;
    if (node.kind === 'sequence' && typeof step === 'number') {
      next = node.items[step];
      if (next !== undefined) offset = next.outerStart;
    } else if (node.kind === 'mapping') {
      const entry = findEntry(node, String(step))?.entry;
      next = entry?.value;
      if (entry !== undefined) offset = entry.key.outerStart;
    }
    if (next === undefined) return offset;
    node = resolveAlias(next);
  }
  return offset;
}
