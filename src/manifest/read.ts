import type { FieldPath } from '../policy/finding.ts';
import { decodeNode } from './decode.ts';
import { offsetOf } from './find.ts';
import type { Node } from './node.ts';
import type { Position } from './positions.ts';
import { LineIndex } from './positions.ts';
import { readStream } from './stream.ts';
import { ManifestSyntaxError } from './syntax-error.ts';

export { decodeManifestBytes, ManifestDecodeError } from './bytes.ts';
export type { Position } from './positions.ts';

/** One document of a manifest: the plain JSON value that the API server receives, and where its fields are written. */
export interface ManifestDocument {
  /** Plain JSON; each key is an own data property, `__proto__` too. */
  readonly value: unknown;
  /** Where the document's content begins. */
  readonly start: Position;
  /**
   * Position of the key, or of the list element, at this path; of the nearest ancestor that exists where it does not.
   * Of two entries with one key it is the one that wins, and a field from an alias or `<<` is where the anchor is.
   */
  locate(path: FieldPath): Position;
}

/** Why a document could not be read, in plain words, and where in the file. */
export interface ManifestError {
  readonly message: string;
  readonly position: Position;
}

export type ManifestEntry =
  { readonly ok: true; readonly document: ManifestDocument } | { readonly ok: false; readonly error: ManifestError };

/**
 * Reads a manifest as `kubectl apply -f` does: the documents of YAML or JSON text, one at a time.
 *
 * A broken document is an error entry, and the rest is still read; an empty document, or one that is null, yields nothing.
 */
export function* readManifest(text: string): Generator<ManifestEntry> {
  const lines = new LineIndex(text);
  for (const { root, error, base } of readStream(text)) {
    if (error !== undefined) yield errorEntry(error, lines, base);
    else if (root !== undefined) {
      const entry = documentEntry(root, lines, base);
      if (!entry.ok || entry.document.value !== null) yield entry;
    }
  }
}

function documentEntry(root: Node, lines: LineIndex, base: number): ManifestEntry {
  let value: unknown;
  try {
    value = decodeNode(root);
  } catch (error) {
    if (error instanceof ManifestSyntaxError) return errorEntry(error, lines, base);
    throw error;
  }
  const start = lines.positionAt(base + root.outerStart);
  return { ok: true, document: { value, start, locate: (path) => lines.positionAt(base + offsetOf(root, path)) } };
}

function errorEntry(error: ManifestSyntaxError, lines: LineIndex, base: number): ManifestEntry {
  return { ok: false, error: { message: error.message, position: lines.positionAt(base + error.offset) } };
}
