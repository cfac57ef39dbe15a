import { isDeepStrictEqual } from 'node:util';
import type { PatchOperation } from '../policy/json-patch.ts';
import { PatchError } from '../policy/json-patch.ts';
import { decodeDocuments } from './documents.ts';
import { editDocument } from './editing/edit-document.ts';
import { EditRefusal } from './editing/edit-refusal.ts';
import { applySplices } from './editing/text.ts';
import type { Splice } from './editing/text.ts';
import { LineIndex } from './positions.ts';

/** What to do to one document. */
export interface DocumentEdit {
  /** Index among the entries that `readManifest` yields, errors counted. */
  readonly documentIndex: number;
  readonly operations: readonly PatchOperation[];
}

/** A document that was left as it was, and why: `line 12: ...`. */
export interface RefusedEdit {
  readonly documentIndex: number;
  readonly reason: string;
}

/** The edited text. Where an edit was refused, its document is as it was, and the other edits are made. */
export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string; readonly reason: string; readonly refused: readonly RefusedEdit[] };

/**
 * Makes JSON Patch operations on the text of a manifest, and leaves every other byte as it was: comments, order, quotes, indentation,
 * line breaks. The result is read again, and an edit that did not give just the value asked for is refused.
 */
export function editManifest(text: string, edits: readonly DocumentEdit[]): EditResult {
  const before = [...decodeDocuments(text)];
  const lines = new LineIndex(text);
  const refused: RefusedEdit[] = [];
  const splices: Splice[] = [];
  const wanted = before.map((entry) => (entry.ok ? entry.value : undefined));
  for (const { documentIndex, operations } of mergeEdits(edits)) {
    const document = before[documentIndex];
    if (operations.length === 0) continue;
    if (!document?.ok) {
      refused.push({ documentIndex, reason: `there is no document ${documentIndex} that could be read` });
      continue;
    }
    try {
      const edited = editDocument(text.slice(document.from, document.to), document, operations);
      splices.push({ start: document.from, end: document.to, text: edited.text });
      wanted[documentIndex] = edited.value;
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      const offset = error instanceof EditRefusal ? error.offset : 0;
      const { line } = lines.positionAt(document.from + offset);
      refused.push({ documentIndex, reason: `line ${line}: ${error.message}` });
    }
  }
  const edited = applySplices(text, splices);
  if (edited === undefined || (splices.length > 0 && !readsAs(edited, wanted))) {
    const reason = 'the edited text would not read as its documents do now';
    return { ok: false, text, reason, refused: edits.map(({ documentIndex }) => ({ documentIndex, reason })) };
  }
  const reason = refused.map((refusal) => refusal.reason).join('; ');
  return refused.length === 0 ? { ok: true, text: edited } : { ok: false, text: edited, reason, refused };
}

/** The edits with one entry for each document. */
function mergeEdits(edits: readonly DocumentEdit[]): readonly DocumentEdit[] {
  const merged = new Map<number, PatchOperation[]>();
  for (const { documentIndex, operations } of edits) {
    const known = merged.get(documentIndex);
    if (known === undefined) merged.set(documentIndex, [...operations]);
    else known.push(...operations);
  }
  return Array.from(merged, ([documentIndex, operations]) => ({ documentIndex, operations }));
}

/** Whether a text reads as these values, one for each entry; undefined stands for an error. */
function readsAs(text: string, values: readonly unknown[]): boolean {
  let index = 0;
  for (const entry of decodeDocuments(text)) {
    if (index >= values.length || !isDeepStrictEqual(entry.ok ? entry.value : undefined, values[index])) return false;
    index += 1;
  }
  return index === values.length;
}
