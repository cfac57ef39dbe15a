/** A place in a text, counted from 1; the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets of a text into lines and columns; a byte order mark at its start takes no column. */
export class LineIndex {
  readonly #starts: number[] = [];

  constructor(text: string) {
    this.#starts.push(text.startsWith('\ufeff') ? 1 : 0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  positionAt(offset: number): Position {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: Math.max(offset - (this.#starts[low] ?? 0), 0) + 1 };
  }
}
