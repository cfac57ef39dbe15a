import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter, Node } from 'yaml';
import type { FieldPath } from '../policy/finding.ts';

/** Where something stands in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The place of the deepest field of the path that is there: the key of a map's field, the element of a list. */
export function locate(document: Document, lines: LineCounter, path: FieldPath): Position {
  let offset = 0;
  let node: unknown = document.contents;
  for (const step of path) {
    const found = child(document, node, step);
    if (found === undefined) break;
    if (found.offset !== undefined) offset = found.offset;
    node = found.value;
  }
  return positionAt(lines, offset);
}

export function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Child {
  readonly value: unknown;
  readonly offset: number | undefined;
}

/** One step down; an anchor's fields stand where the anchor is, not where its alias is. */
function child(document: Document, node: unknown, step: string | number): Child | undefined {
  const collection = isAlias(node) ? node.resolve(document) : node;
  if (isMap(collection)) {
    // Keys are unique in a document without errors; the reader makes a string of every other kind of key.
    const pair = collection.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair === undefined ? undefined : { value: pair.value, offset: startOf(pair.key) };
  }
  if (isSeq(collection) && typeof step === 'number') {
    const item = collection.items[step];
    return item === undefined ? undefined : { value: item, offset: startOf(item) };
  }
  return undefined;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node satisfies Node).range?.[0] : undefined;
}
