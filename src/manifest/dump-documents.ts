import { ManifestDecodeError } from './bytes.ts';
import type { UnreadPart } from './documents-of.ts';
import { documentsOf } from './documents-of.ts';
import { FileReadError, readStart } from './file-bytes.ts';
import type { ManifestFileError, ManifestSource } from './files.ts';
import { manifestFile } from './files.ts';
import { largeDocuments } from './large-documents.ts';
import type { WindowSizes } from './text-window.ts';

/** How much of a file is in memory, for who wants it otherwise. */
export interface HeldSizes extends WindowSizes {
  /** Bytes of the largest file that is held whole. */
  readonly file: number;
}

/**
 * The documents of a file of any size, in memory that does not grow with it; those that are broken told to `onUnread`.
 */
export async function* dumpDocuments(
  source: ManifestSource | ManifestFileError,
  onUnread: (part: UnreadPart) => void,
  held?: HeldSizes,
): AsyncGenerator<unknown, void> {
  if ('error' in source) {
    yield* documentsOf(source, onUnread);
    return;
  }
  const { name, chunks } = source;
  try {
    const { start, rest } = await readStart(chunks(), held?.file);
    if (rest === undefined) yield* documentsOf(manifestFile(name, Buffer.concat(start)), onUnread);
    else yield* largeDocuments(name, inOrder(start, rest), onUnread, held);
  } catch (error) {
    if (!(error instanceof FileReadError || error instanceof ManifestDecodeError)) throw error;
    onUnread({ message: error.message, source: { file: name, line: 1, column: 1 } });
  }
}

async function* inOrder(
  start: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* start;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    // Nobody may have come to the rest: what stands before it may be no text.
    await rest.return?.();
  }
}
