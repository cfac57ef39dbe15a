import { Buffer, isUtf8 } from 'node:buffer';

/**
 * Bytes that are made a text at once. Of more than 1 MB Node makes a string outside of V8's heap, whose collector lets many
 * of them pile up before it looks: an audit of 50,000 pods held 50 MB of read texts.
 */
const pieceBytes = 512 * 1024;

/**
 * The text of bytes; a byte order mark is no part of it. TextDecoder would do the same at five times the cost.
 * @throws {TypeError} where they are not UTF-8: a reader that guesses would take a name for another
 */
export function strictText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new TypeError('The encoded data was not valid for encoding utf-8');
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
  let text = '';
  while (start < buffer.length) {
    const end = beginOfCharacter(buffer, start + pieceBytes);
    text += buffer.toString('utf8', start, end);
    start = end;
  }
  return text;
}

/** Where the character begins that the byte is of, in what is known to be UTF-8. */
function beginOfCharacter(bytes: Uint8Array, at: number): number {
  let begin = at;
  while (((bytes[begin] ?? 0) & 0xc0) === 0x80) begin -= 1;
  return begin;
}
