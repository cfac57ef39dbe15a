import { isDeepStrictEqual } from 'node:util';
import { formatPath } from '../../policy/finding.ts';
import { decodeNode } from '../decode.ts';
import type { DecodedDocument } from '../documents.ts';
import { parseJsonValue } from '../json-parser.ts';
import type { Node } from '../node.ts';
import { ManifestSyntaxError } from '../syntax-error.ts';
import { withFinalBreak } from '../yaml-documents.ts';
import { parseYamlDocument } from '../yaml/parser.ts';
import { layoutOf } from './layout.ts';
import { EditRefusal } from './edit-refusal.ts';
import { applyPatch } from '../../policy/json-patch.ts';
import type { PatchOperation } from '../../policy/json-patch.ts';
import type { SharedPlace } from './place.ts';
import { planRounds } from './rounds.ts';
import { planOperation } from './splices.ts';
import { applySplices } from './text.ts';

/** A document after its edit. */
export interface EditedDocument {
  readonly text: string;
  readonly value: unknown;
}

/**
 * Makes the operations on a document's own text.
 * @throws EditRefusal where the text cannot be changed so that just the value asked for comes of it
 */
export function editDocument(
  text: string,
  document: DecodedDocument,
  operations: readonly PatchOperation[],
): EditedDocument {
  const value = applyPatch(document.value, operations);
  const shared: SharedPlace[] = [];
  let edited = text;
  for (const round of planRounds(operations)) {
    const root = rootOf(edited, document.isJson);
    const manuscript = { text: edited, root, layout: layoutOf(edited, root, document.isJson) };
    const planned = round.map((operation) => planOperation(manuscript, operation));
    for (const { route } of planned) if (route.shared !== undefined) shared.push(route.shared);
    const next = applySplices(
      edited,
      planned.flatMap(({ splices }) => splices),
    );
    if (next === undefined) throw new EditRefusal('two of the changes meet in one place of the text', root.start);
    edited = next;
  }
  if (isDeepStrictEqual(valueOf(edited, document.isJson), value)) return { text: edited, value };
  throw explain(shared, operations);
}

function rootOf(text: string, isJson: boolean): Node {
  let root: Node | undefined;
  try {
    root = isJson ? parseJsonValue(text, 0)?.root : parseYamlDocument(withFinalBreak(text));
  } catch (error) {
    if (!(error instanceof ManifestSyntaxError)) throw error;
    throw new EditRefusal(`the text cannot be changed here: ${error.message}`, 0);
  }
  if (root === undefined) throw new EditRefusal('the document is empty');
  return root;
}

function valueOf(text: string, isJson: boolean): unknown {
  try {
    return decodeNode(rootOf(text, isJson));
  } catch (error) {
    if (error instanceof ManifestSyntaxError || error instanceof EditRefusal) return undefined;
    throw error;
  }
}

/** The refusal of an edit that does not give the value asked for: nearly always an anchor is in the way. */
function explain(shared: readonly SharedPlace[], operations: readonly PatchOperation[]): EditRefusal {
  const place = shared.find(({ how }) => how !== 'anchor') ?? shared[0];
  if (place === undefined) {
    const fields = operations.map(({ path }) => formatPath(path)).join(', ');
    return new EditRefusal(`the text cannot be changed so that only ${fields} changes`);
  }
  const field = place.field === '' ? 'the document' : place.field;
  switch (place.how) {
    case 'alias':
      return new EditRefusal(`${field} is an alias, so it cannot be changed without its anchor`, place.offset);
    case 'merge':
      return new EditRefusal(`${field} comes from a merge (<<), so it cannot be changed here alone`, place.offset);
    case 'anchor':
      return new EditRefusal(`${field} has an anchor, so a change of it changes other places too`, place.offset);
  }
}
