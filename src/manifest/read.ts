import type { FieldPath } from '../policy/finding.ts';
import { decodeDocuments } from './documents.ts';
import { offsetOf } from './find.ts';
import type { Position } from './positions.ts';
import { LineIndex } from './positions.ts';

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
export function* readManifest(text: string): Generator<ManifestEntry, void> {
  const lines = new LineIndex(text);
  for (const entry of decodeDocuments(text)) {
    const { base } = entry;
    if (entry.ok) {
      const { root, value } = entry;
      const start = lines.positionAt(base + root.outerStart);
      const locate = (path: FieldPath): Position => lines.positionAt(base + offsetOf(root, path));
      yield { ok: true, document: { value, start, locate } };
    } else {
      const { message, offset } = entry.error;
      yield { ok: false, error: { message, position: lines.positionAt(base + offset) } };
    }
  }
}
