const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a file's bytes; a byte order mark is no part of it.
 * @throws {TypeError} where they are not UTF-8: a reader that guesses would take a name for another
 */
export function strictText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
