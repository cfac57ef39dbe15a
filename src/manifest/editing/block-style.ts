import type { MappingEntry, MappingNode, Node, SequenceNode } from '../node.ts';
import { blockLines, flowText } from './layout.ts';
import { EditRefusal } from './edit-refusal.ts';
import type { Slot } from './place.ts';
import type { Manuscript } from './splices.ts';
import type { Splice } from './text.ts';
import { columnOf, isFirstOnLine, lineEnd, lineStart, nextLine } from './text.ts';

/** Writes a new key below the last entry of a block mapping. */
export function addBlockEntry(
  manuscript: Manuscript,
  mapping: MappingNode,
  name: string,
  value: unknown,
): readonly Splice[] {
  const indent = indentAt(manuscript, mapping.start);
  const last = mapping.entries.at(-1);
  const end = last === undefined ? mapping.end : entryEnd(manuscript.text, last);
  return [linesBelow(manuscript, end, blockLines({ [name]: value }, manuscript.layout), indent)];
}

/** Writes a new item into a block list, above the item that has its index or below the last. */
export function addBlockItem(
  manuscript: Manuscript,
  list: SequenceNode,
  index: number,
  value: unknown,
): readonly Splice[] {
  const { text, layout } = manuscript;
  const indent = indentAt(manuscript, list.start);
  const [first = '', ...rest] = blockLines([value], { ...layout, indent: 2 });
  const lines = [first, ...rest];
  const dash = list.dashes[index];
  if (dash === undefined) {
    const last = list.items.at(-1);
    return [linesBelow(manuscript, last === undefined ? list.end : contentEnd(text, last), lines, indent)];
  }
  return [{ start: dash, end: dash, text: lines.map((line) => line + layout.lineBreak + indent).join('') }];
}

/** Writes a value over the one in a slot of a block collection. */
export function replaceInBlock(manuscript: Manuscript, slot: Slot, value: unknown): readonly Splice[] {
  const { text, layout } = manuscript;
  const { node } = slot;
  const isPlaced = slot.kind !== 'entry' || slot.entry.colonEnd >= 0;
  if (!isPlaced) throw new EditRefusal('the value has no colon before it', node.outerStart);
  const end = contentEnd(text, node);
  const isEmptyFlow = (node.kind === 'mapping' || node.kind === 'sequence') && node.isFlow;
  const isCollection = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (slot.kind === 'entry' && isCollection && !isEmptyFlow) {
    const isIndented = !Array.isArray(value) || layout.indentsLists;
    const indent = indentAt(manuscript, slot.owner.start) + ' '.repeat(isIndented ? layout.indent : 0);
    const cleared = { start: slot.entry.colonEnd, end, text: '' };
    return [cleared, linesBelow(manuscript, end, blockLines(value, layout), indent)];
  }
  const written = flowText(value, layout);
  if (slot.kind === 'entry') {
    const isInline = node.outerStart !== node.end && !text.slice(slot.entry.colonEnd, node.outerStart).includes('\n');
    return [{ start: isInline ? node.outerStart : slot.entry.colonEnd, end, text: isInline ? written : ` ${written}` }];
  }
  return [{ start: node.outerStart, end, text: node.outerStart === node.end ? ` ${written}` : written }];
}

export function removeBlockItem(
  manuscript: Manuscript,
  list: SequenceNode,
  slot: Slot,
  index: number,
): readonly Splice[] {
  const { text } = manuscript;
  const dash = list.dashes[index] ?? list.start;
  const item = list.items[index];
  if (list.items.length === 1) return emptied(manuscript, slot, '[]', dash);
  return [
    removal(text, dash, item === undefined ? dash : Math.max(contentEnd(text, item), dash + 1), list.dashes[index + 1]),
  ];
}

export function removeBlockEntries(
  manuscript: Manuscript,
  mapping: MappingNode,
  slot: Slot,
  entries: readonly MappingEntry[],
): readonly Splice[] {
  if (entries.length === mapping.entries.length) return emptied(manuscript, slot, '{}', mapping.start);
  return entries.map((entry) => {
    const next = mapping.entries[mapping.entries.indexOf(entry) + 1];
    return removal(manuscript.text, entry.key.outerStart, entryEnd(manuscript.text, entry), next?.key.outerStart);
  });
}

/** Takes out whole lines; or, where something else stands before on the first of them, all up to the next entry. */
function removal(text: string, start: number, end: number, next: number | undefined): Splice {
  if (isFirstOnLine(text, start)) {
    const from = lineStart(text, start);
    const to = nextLine(text, end);
    const isLastLine = to === text.length && !text.endsWith('\n');
    return { start: isLastLine ? Math.max(from - 1, 0) : from, end: to, text: '' };
  }
  if (next === undefined) throw new EditRefusal('the entry shares its line with another', start);
  return { start, end: next, text: '' };
}

/** Writes `[]` or `{}` where a block collection loses its only entry; a comment on the line of its key stays. */
function emptied(manuscript: Manuscript, slot: Slot, empty: string, first: number): readonly Splice[] {
  const { text } = manuscript;
  const end = contentEnd(text, slot.node);
  if (slot.kind !== 'entry' || slot.entry.colonEnd < 0 || !isFirstOnLine(text, first)) {
    return [{ start: slot.node.outerStart, end, text: empty }];
  }
  const { colonEnd } = slot.entry;
  return [{ start: colonEnd, end: colonEnd, text: ` ${empty}` }, removal(text, first, end, undefined)];
}

/** Writes lines below the line of an offset. */
function linesBelow({ text, layout }: Manuscript, offset: number, lines: readonly string[], indent: string): Splice {
  const at = lineEnd(text, offset);
  return { start: at, end: at, text: lines.map((line) => layout.lineBreak + indent + line).join('') };
}

/** The indentation of what stands in the column of an offset. */
function indentAt({ text }: Manuscript, offset: number): string {
  return ' '.repeat(columnOf(text, offset) - (text.startsWith('\ufeff') && lineStart(text, offset) === 0 ? 1 : 0));
}

function entryEnd(text: string, { key, value, colonEnd }: MappingEntry): number {
  return Math.max(contentEnd(text, value), colonEnd, key.end);
}

/** Where the content of a node ends: of a block text in its last line, since its break ends that line only. */
function contentEnd(text: string, node: Node): number {
  if (node.kind === 'mapping' && !node.isFlow) {
    const last = node.entries.at(-1);
    return last === undefined ? node.end : entryEnd(text, last);
  }
  if (node.kind === 'sequence' && !node.isFlow) {
    const last = node.items.at(-1);
    return last === undefined ? node.end : Math.max(contentEnd(text, last), (node.dashes.at(-1) ?? 0) + 1);
  }
  if (node.kind !== 'scalar' || (node.style !== 'literal' && node.style !== 'folded')) return node.end;
  const written = text.slice(node.start, node.end);
  const keepsBreaks = /^[|>][0-9]?\+/.test(written);
  return node.start + written.replace(keepsBreaks ? /\r?\n$/ : /\s+$/, '').length;
}
