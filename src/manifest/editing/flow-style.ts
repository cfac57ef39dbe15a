import type { MappingEntry, MappingNode, Node, SequenceNode } from '../node.ts';
import { flowText } from './layout.ts';
import { EditRefusal } from './edit-refusal.ts';
import type { Slot } from './place.ts';
import type { Manuscript } from './splices.ts';
import { lineBreakOf, lineIndent } from './text.ts';
import type { Splice } from './text.ts';

/** One part of a flow collection: an item, or a key with its value. */
interface Part {
  readonly start: number;
  readonly end: number;
}

export function addFlowEntry(
  manuscript: Manuscript,
  mapping: MappingNode,
  name: string,
  value: unknown,
): readonly Splice[] {
  return addPart(manuscript, mapping, mapping.entries.map(partOfEntry), mapping.entries.length, (style) => {
    const key = flowText(name, manuscript.layout);
    return `${style.quotesKeys && !key.startsWith('"') ? JSON.stringify(name) : key}:${style.blank}${style.render(value)}`;
  });
}

export function addFlowItem(
  manuscript: Manuscript,
  list: SequenceNode,
  index: number,
  value: unknown,
): readonly Splice[] {
  return addPart(manuscript, list, list.items.map(partOfNode), index, (style) => style.render(value));
}

export function removeFlowEntries(
  manuscript: Manuscript,
  mapping: MappingNode,
  entries: readonly MappingEntry[],
): readonly Splice[] {
  const gone = new Set(entries);
  const isGone = mapping.entries.map((entry) => gone.has(entry));
  return removeParts(manuscript, mapping, mapping.entries.map(partOfEntry), isGone);
}

export function removeFlowItem(list: SequenceNode, index: number, manuscript: Manuscript): readonly Splice[] {
  return removeParts(
    manuscript,
    list,
    list.items.map(partOfNode),
    list.items.map((_, at) => at === index),
  );
}

/** Writes a value over the one in a slot of a flow collection. */
export function replaceInFlow(manuscript: Manuscript, slot: Slot, value: unknown): readonly Splice[] {
  const { outerStart, end } = slot.node;
  const text = flowText(value, manuscript.layout);
  if (slot.kind === 'entry' && slot.entry.colonEnd < 0) {
    if (end !== outerStart) throw new EditRefusal('the value has no colon before it', outerStart);
    return [{ start: end, end, text: `: ${text}` }];
  }
  return [{ start: outerStart, end, text: outerStart === end ? ` ${text}` : text }];
}

interface FlowStyle {
  readonly quotesKeys: boolean;
  /** What stands between a colon and its value. */
  readonly blank: string;
  readonly render: (value: unknown) => string;
}

function addPart(
  manuscript: Manuscript,
  collection: MappingNode | SequenceNode,
  parts: readonly Part[],
  index: number,
  write: (style: FlowStyle) => string,
): readonly Splice[] {
  const { text } = manuscript;
  const style = styleOf(manuscript, collection);
  const next = parts[index];
  const previous = parts[index - 1];
  const first = parts[0];
  const firstGap = text.slice(collection.start + 1, first?.start ?? collection.start + 1);
  const ownLine =
    firstGap.includes('\n') && first !== undefined ? lineBreakOf(text) + lineIndent(text, first.start) : undefined;
  if (next !== undefined)
    return [{ start: next.start, end: next.start, text: `${write(style)},${ownLine ?? style.blank}` }];
  if (previous !== undefined) {
    const isEmpty = previous.start === previous.end || text[previous.end - 1] === ':';
    return [
      {
        start: previous.end,
        end: previous.end,
        text: `${isEmpty ? ' ' : ''},${ownLine ?? style.blank}${write(style)}`,
      },
    ];
  }
  return [addFirst(manuscript, collection, write(style))];
}

/** Writes the first part into an empty collection; on a line of its own in JSON that is written in lines. */
function addFirst({ text, layout }: Manuscript, collection: Part, part: string): Splice {
  const inside = { start: collection.start + 1, end: collection.end - 1 };
  const gap = text.slice(inside.start, inside.end);
  if (/\S/.test(gap)) return { start: inside.start, end: inside.start, text: part };
  const unit = layout.jsonIndent;
  if (unit === '') return { ...inside, text: part };
  const indent = lineIndent(text, collection.start);
  return { ...inside, text: `${layout.lineBreak}${indent}${unit}${part}${layout.lineBreak}${indent}` };
}

function styleOf(manuscript: Manuscript, collection: MappingNode | SequenceNode): FlowStyle {
  const { text, layout } = manuscript;
  const last = collection.kind === 'mapping' ? collection.entries.at(-1) : undefined;
  const unit = layout.jsonIndent;
  const isMinified = layout.isMinified && !/[:,][ \t]/.test(text.slice(collection.start, collection.end));
  const isQuoted = last?.key.kind === 'scalar' && last.key.style === 'double';
  return {
    quotesKeys: layout.isJson || isQuoted,
    blank: isMinified ? '' : ' ',
    render: (value) => {
      const isOneLine =
        unit === '' || (last !== undefined && !text.slice(collection.start, collection.end).includes('\n'));
      if (isOneLine || typeof value !== 'object' || value === null) {
        const line = flowText(value, layout);
        return layout.isJson && !isMinified ? spaced(value, line) : line;
      }
      const depth = lineIndent(text, (last?.key ?? collection).start) + (last === undefined ? unit : '');
      return JSON.stringify(value, undefined, unit).replaceAll('\n', layout.lineBreak + depth);
    },
  };
}

/** JSON on one line with a blank after each comma and colon, as most printers write it. */
function spaced(value: unknown, line: string): string {
  if (typeof value !== 'object' || value === null) return line;
  return JSON.stringify(value, undefined, 1).replace(/\n */g, (_, offset: number, whole: string) =>
    whole[offset - 1] === ',' ? ' ' : '',
  );
}

function removeParts(
  manuscript: Manuscript,
  collection: Part,
  parts: readonly Part[],
  isGone: readonly boolean[],
): readonly Splice[] {
  if (!isGone.includes(false)) {
    const inside = { start: collection.start + 1, end: collection.end - 1, text: '' };
    let gapStart = inside.start;
    let hasComment = false;
    for (const { start, end } of [...parts, { start: inside.end, end: inside.end }]) {
      hasComment ||= manuscript.text.slice(gapStart, start).includes('#');
      gapStart = end;
    }
    if (hasComment) {
      throw new EditRefusal('a comment stands in the list or mapping', collection.start);
    }
    return [inside];
  }
  const splices: Splice[] = [];
  let lastKept = -1;
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    if (isGone[index] !== true) lastKept = index;
    else if (lastKept >= 0 || next === undefined) {
      const before = parts[index - 1];
      splices.push({ start: before?.end ?? part.start, end: part.end, text: '' });
    } else splices.push({ start: part.start, end: next.start, text: '' });
  }
  return splices;
}

function partOfEntry({ key, value, colonEnd }: MappingEntry): Part {
  return { start: key.outerStart, end: Math.max(value.end, colonEnd, key.end) };
}

function partOfNode(node: Node): Part {
  return { start: node.outerStart, end: node.end };
}
