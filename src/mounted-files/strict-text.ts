const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Bytes that are decoded at once. Of more than 1 MB Node makes a string outside of V8's heap, whose collector lets many of
 * them pile up before it looks: an audit of 50,000 pods held 50 MB of read texts.
 */
const pieceBytes = 512 * 1024;

/**
 * The text of bytes; a byte order mark is no part of it.
 * @throws {TypeError} where they are not UTF-8: a reader that guesses would take a name for another
 */
export function strictText(bytes: Uint8Array): string {
  if (bytes.length <= pieceBytes) return decoder.decode(bytes);
  // One of its own: after an error it would go on in the middle of a character.
  const streaming = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    text += streaming.decode(bytes.subarray(start, start + pieceBytes), { stream: true });
  }
  return text + streaming.decode();
}
