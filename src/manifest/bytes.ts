import { isUtf8 } from 'node:buffer';

/** Bytes that are no text for a manifest. */
export class ManifestDecodeError extends Error {
  readonly code: 'utf-16' | 'invalid-utf-8';

  constructor(code: ManifestDecodeError['code'], message: string) {
    super(message);
    this.name = 'ManifestDecodeError';
    this.code = code;
  }
}

/**
 * The text of a manifest's bytes, which are UTF-8; a byte order mark stays, so that an edited text keeps it.
 *
 * kubectl refuses UTF-16, except for big-endian with a line break at the end, of which it reads the first document: here it is an
 * error too. In JSON it puts U+FFFD for bytes that are no UTF-8, where YAML refuses them; here they are an error in both.
 * @throws ManifestDecodeError
 */
export function decodeManifestBytes(bytes: Uint8Array): string {
  if (bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    throw new ManifestDecodeError('utf-16', 'the file is UTF-16, which kubectl does not read; save it as UTF-8');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const line = lineOfFirstInvalidByte(bytes);
    throw new ManifestDecodeError('invalid-utf-8', `the file is not UTF-8 text (line ${line}); save it as UTF-8`);
  }
}

/** Line, counted from 1, of the first byte that is no UTF-8. */
function lineOfFirstInvalidByte(bytes: Uint8Array): number {
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
