/** Bytes of the largest file that is held whole. */
const maxBytes = 64 * 1024 * 1024;

/** Why a larger one is not read. */
export const tooLarge = 'it is larger than 64 MiB';

/** A file whose bytes cannot be had. */
export class FileReadError extends Error {
  readonly code = 'file-unreadable';

  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
    this.name = 'FileReadError';
  }
}

/** The bytes of a file; whatever goes wrong with it is a FileReadError. */
export async function* readable(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* open();
  } catch (error) {
    throw new FileReadError(error);
  }
}

/** The start of a file, and the rest of it, to be given back with `return`; undefined where the start is all there is. */
export interface FileStart {
  readonly start: readonly Uint8Array[];
  readonly rest: AsyncIterator<Uint8Array> | undefined;
}

/** Reads until a file has proved too large to be held. */
export async function readStart(chunks: AsyncIterable<Uint8Array>, most = maxBytes): Promise<FileStart> {
  const iterator = chunks[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  for (let length = 0; length <= most;) {
    const next = await iterator.next();
    if (next.done === true) return { start: parts, rest: undefined };
    parts.push(next.value);
    length += next.value.length;
  }
  return { start: parts, rest: iterator };
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ELOOP', 'its symbolic links lead in a circle'],
]);

/** What went wrong with a file, in words. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const known = 'code' in error ? reasons.get(String(error.code)) : undefined;
  return known ?? ('message' in error ? String(error.message) : 'it cannot be read');
}
