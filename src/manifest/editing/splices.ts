import { formatPath } from '../../policy/finding.ts';
import type { Node } from '../node.ts';
import { addBlockEntry, addBlockItem, removeBlockEntries, removeBlockItem, replaceInBlock } from './block-style.ts';
import { addFlowEntry, addFlowItem, removeFlowEntries, removeFlowItem, replaceInFlow } from './flow-style.ts';
import type { Layout } from './layout.ts';
import type { PatchOperation } from '../../policy/json-patch.ts';
import { EditRefusal } from './edit-refusal.ts';
import { itemIndex } from '../../policy/json-patch.ts';
import type { Route, Slot } from './place.ts';
import { routeTo, slotOf } from './place.ts';
import { ownEntries } from './own-entries.ts';
import type { Splice } from './text.ts';

/** A document's text and how it is written. */
export interface Manuscript {
  readonly text: string;
  readonly root: Node;
  readonly layout: Layout;
}

/** The changes of the text that make one operation, and what of it the text shares with another place. */
export interface PlannedOperation {
  readonly splices: readonly Splice[];
  readonly route: Route;
}

/**
 * Plans one operation. A place reached through an alias or a merge is left alone: the change of the anchor's own place
 * may be wanted too, and whether it was is found when the result is compared.
 * @throws EditRefusal
 */
export function planOperation(manuscript: Manuscript, operation: PatchOperation): PlannedOperation {
  const route = routeTo(manuscript.root, operation);
  const isElsewhere = route.shared !== undefined && route.shared.how !== 'anchor';
  return { route, splices: isElsewhere ? [] : splicesFor(manuscript, operation, route) };
}

function splicesFor(manuscript: Manuscript, operation: PatchOperation, { container, slot }: Route): readonly Splice[] {
  const { op, path, value } = operation;
  const step = path.at(-1) ?? '';
  if (container.kind === 'mapping') {
    const name = String(step);
    const found = slotOf(container, name, path);
    const isOwn = found?.kind === 'entry' && found.owner === container;
    if (found === undefined && op !== 'add') throw new EditRefusal(`there is no ${formatPath(path)}`, container.start);
    if (op === 'remove') {
      const entries = ownEntries(container, name);
      return container.isFlow
        ? removeFlowEntries(manuscript, container, entries)
        : removeBlockEntries(manuscript, container, slot, entries);
    }
    // A field that `<<` brought in gets an entry of its own below it, which wins.
    if (found !== undefined && isOwn) return replaceSlot(manuscript, found, container.isFlow, value);
    return container.isFlow
      ? addFlowEntry(manuscript, container, name, value)
      : addBlockEntry(manuscript, container, name, value);
  }
  if (container.kind !== 'sequence')
    throw new EditRefusal(`${formatPath(path.slice(0, -1))} is no list and no mapping`, container.start);
  const index = itemIndex(step, container.items.length, op, path);
  if (op === 'add') {
    return container.isFlow
      ? addFlowItem(manuscript, container, index, value)
      : addBlockItem(manuscript, container, index, value);
  }
  if (op === 'remove') {
    return container.isFlow
      ? removeFlowItem(container, index, manuscript)
      : removeBlockItem(manuscript, container, slot, index);
  }
  const item = slotOf(container, index, path);
  return item === undefined ? [] : replaceSlot(manuscript, item, container.isFlow, value);
}

function replaceSlot(manuscript: Manuscript, slot: Slot, isFlow: boolean, value: unknown): readonly Splice[] {
  return isFlow ? replaceInFlow(manuscript, slot, value) : replaceInBlock(manuscript, slot, value);
}
