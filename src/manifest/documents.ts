import { decodeNode } from './decode.ts';
import type { Node } from './node.ts';
import type { StreamDocument, StreamError } from './stream.ts';
import { readStream } from './stream.ts';
import { ManifestSyntaxError } from './syntax-error.ts';

/** A document with the value that it stands for. */
export interface DecodedDocument extends StreamDocument {
  readonly root: Node;
  readonly value: unknown;
}

/** The documents of a text that are not empty and not null, and its errors, in order. */
export function* decodeDocuments(text: string): Generator<DecodedDocument | StreamError, void> {
  for (const entry of readStream(text)) {
    if (!entry.ok) yield entry;
    else if (entry.root !== undefined) {
      const decoded = decode(entry, entry.root);
      if (!decoded.ok || decoded.value !== null) yield decoded;
    }
  }
}

function decode(document: StreamDocument, root: Node): DecodedDocument | StreamError {
  try {
    return { ...document, root, value: decodeNode(root) };
  } catch (error) {
    if (error instanceof ManifestSyntaxError) return { ok: false, error, base: document.base };
    throw error;
  }
}
