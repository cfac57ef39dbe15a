import { parseJsonValue } from './json-parser.ts';
import { ManifestSyntaxError } from './syntax-error.ts';

/**
 * The value of a text that is one JSON value.
 * @param base - what the offset of an error is counted from
 * @throws {ManifestSyntaxError}
 */
export function parseJson(text: string, base: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The reader below tells the place.
  }
  try {
    const end = parseJsonValue(text, 0)?.end;
    if (end === undefined) throw new ManifestSyntaxError('JSON: a JSON value is missing at the end of the file', 0);
    throw new ManifestSyntaxError('JSON: a value ends here, and more follows', end);
  } catch (error) {
    if (error instanceof ManifestSyntaxError) throw new ManifestSyntaxError(error.message, base + error.offset);
    throw error;
  }
}
