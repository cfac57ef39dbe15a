import { formatPath } from '../../policy/finding.ts';
import type { FieldPath } from '../../policy/finding.ts';
import { findEntry } from '../find.ts';
import type { ContentNode, MappingEntry, MappingNode, Node, SequenceNode } from '../node.ts';
import { resolveAlias } from '../node.ts';
import type { PatchOperation } from '../../policy/json-patch.ts';
import { EditRefusal } from './edit-refusal.ts';
import { itemIndex } from '../../policy/json-patch.ts';

/** Where a node stands: behind a key, in a list, or at the top. */
export type Slot =
  | { readonly kind: 'root'; readonly node: Node }
  | { readonly kind: 'entry'; readonly node: Node; readonly entry: MappingEntry; readonly owner: MappingNode }
  | { readonly kind: 'item'; readonly node: Node; readonly index: number; readonly owner: SequenceNode };

/** A way from the top of a document to a container. */
export interface Route {
  /** The slot of the container. */
  readonly slot: Slot;
  readonly container: ContentNode;
  /** What on the way the text shares with another place, so that a change here would be one there. */
  readonly shared: SharedPlace | undefined;
}

export interface SharedPlace {
  readonly how: 'alias' | 'merge' | 'anchor';
  readonly offset: number;
  readonly field: string;
}

/**
 * Follows the path of an operation to the container that it changes.
 * @throws EditRefusal where the path leads nowhere
 */
export function routeTo(root: Node, operation: PatchOperation): Route {
  const steps = operation.path.slice(0, -1);
  let slot: Slot = { kind: 'root', node: root };
  let shared = sharedAt(slot, []);
  for (const [depth, step] of steps.entries()) {
    const path = steps.slice(0, depth + 1);
    const next = slotOf(resolveAlias(slot.node), step, path);
    if (next === undefined) throw new EditRefusal(`there is no ${formatPath(path)}`);
    const isMerged = next.kind === 'entry' && next.owner !== resolveAlias(slot.node);
    const found: SharedPlace | undefined = isMerged
      ? { how: 'merge', offset: next.entry.key.outerStart, field: formatPath(path) }
      : sharedAt(next, path);
    // An alias or a merge on the way says more than an anchor.
    if (shared === undefined || shared.how === 'anchor') shared = found ?? shared;
    slot = next;
  }
  return { slot, container: resolveAlias(slot.node), shared };
}

/** The slot of a step in a container; undefined where there is none. */
export function slotOf(container: ContentNode, step: string | number, path: FieldPath): Slot | undefined {
  if (container.kind === 'mapping') {
    const found = findEntry(container, String(step));
    return found && { kind: 'entry', node: found.entry.value, entry: found.entry, owner: found.owner };
  }
  if (container.kind !== 'sequence') return undefined;
  const index = itemIndex(step, container.items.length, 'replace', path);
  const node = container.items[index];
  return node && { kind: 'item', node, index, owner: container };
}

function sharedAt({ node }: Slot, path: FieldPath): SharedPlace | undefined {
  if (node.kind === 'alias') return { how: 'alias', offset: node.start, field: formatPath(path) };
  return node.isAnchored ? { how: 'anchor', offset: node.outerStart, field: formatPath(path) } : undefined;
}
