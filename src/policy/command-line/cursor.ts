/** A place in one script. */
export class Cursor {
  readonly text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** Code of the character at this distance; NaN past the end. */
  code(distance = 0): number {
    return this.text.charCodeAt(this.at + distance);
  }

  /** Whether the text goes on with this. */
  sees(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }
}

/**
 * Passes over a nested construct without reading it, up to and with the closing parenthesis or brace. Quotes and
 * backslashes are heeded, what they hold is not: it serves where nesting is too deep to be read.
 */
export function skipNested(cursor: Cursor, open: string, close: string): void {
  const { text } = cursor;
  const opening = open.charCodeAt(0);
  const closing = close.charCodeAt(0);
  let depth = 1;
  while (cursor.at < text.length) {
    const code = text.charCodeAt(cursor.at);
    cursor.at += 1;
    if (code === 0x5c) cursor.at += 1;
    else if (code === 0x27) {
      const end = text.indexOf("'", cursor.at);
      cursor.at = end < 0 ? text.length : end + 1;
    } else if (code === opening) depth += 1;
    else if (code === closing) {
      depth -= 1;
      if (depth === 0) return;
    }
  }
}
