import { isUtf8 } from 'node:buffer';

/** How a manifest's text is written in bytes. */
export type ManifestEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Bytes that are no text for a manifest. */
export class ManifestDecodeError extends Error {
  readonly code = 'invalid-utf-8';

  constructor(message: string) {
    super(message);
    this.name = 'ManifestDecodeError';
  }
}

/** The encoding that a byte order mark tells; UTF-8 without one. */
export function manifestEncoding(bytes: Uint8Array): ManifestEncoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/**
 * The text of a manifest's bytes: UTF-8, or UTF-16 with a byte order mark. The mark stays in the text, so that an edited
 * text keeps it; `readManifest` passes over it.
 *
 * Source: FileVisitor in k8s.io/cli-runtime/pkg/resource/visitor.go. kubectl puts U+FFFD for bytes that are no UTF-8; here
 * they are an error.
 * @throws ManifestDecodeError
 */
export function decodeManifestBytes(bytes: Uint8Array): string {
  const encoding = manifestEncoding(bytes);
  if (encoding === 'utf-8' && !isUtf8(bytes)) {
    throw notUtf8(lineOfFirstInvalidByte(bytes));
  }
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
}

/** The bytes of a manifest's text in the encoding that it came in. */
export function encodeManifestText(text: string, encoding: ManifestEncoding): Uint8Array {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16le' ? bytes : bytes.swap16();
}

/** What is wrong with a file that has bytes of no UTF-8 in a line. */
export function notUtf8(line: number): ManifestDecodeError {
  return new ManifestDecodeError(`the file is not UTF-8 text (line ${line}); save it as UTF-8`);
}

/** Line, counted from 1, of the first byte that is no UTF-8. */
export function lineOfFirstInvalidByte(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const next = bytes.indexOf(0x0a, start);
    const end = next < 0 ? bytes.length : next + 1;
    if (next < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    line += 1;
    start = end;
  }
}
