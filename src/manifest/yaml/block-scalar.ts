import type { Cursor } from './cursor.ts';
import { end, isBlank, isBreak, isBreakOrEnd, isDigit } from './cursor.ts';
import type { Token } from './token.ts';

interface BlockHeader {
  readonly chomping: 'strip' | 'clip' | 'keep';
  /** Columns that the content is indented by, as written; 0 where the first line decides. */
  readonly increment: number;
}

/**
 * Reads a literal (`|`) or folded (`>`) scalar below a block collection at column `parentIndent`.
 * Source: yaml_parser_scan_block_scalar.
 */
export function scanBlockScalar(cursor: Cursor, parentIndent: number, style: 'literal' | 'folded'): Token {
  const start = cursor.at;
  const header = readHeader(cursor, start);
  const breaks = new Breaks(
    cursor,
    parentIndent,
    header.increment === 0 ? 0 : Math.max(parentIndent, 0) + header.increment,
  );
  breaks.read();
  let value = '';
  let leadingBreak = '';
  let leadingBlank = false;
  while (cursor.column === breaks.indent && cursor.code() !== end) {
    const startsBlank = isBlank(cursor.code());
    if (style === 'folded' && !leadingBlank && !startsBlank && leadingBreak === '\n') {
      if (breaks.text === '') value += ' ';
    } else value += leadingBreak;
    value += breaks.text;
    leadingBlank = startsBlank;
    const line = cursor.at;
    while (!isBreakOrEnd(cursor.code())) cursor.skip();
    value += cursor.text.slice(line, cursor.at);
    leadingBreak = isBreak(cursor.code()) ? cursor.readBreak() : '';
    breaks.read();
  }
  if (header.chomping !== 'strip') value += leadingBreak;
  if (header.chomping === 'keep') value += breaks.text;
  return { kind: 'scalar', start, end: breaks.end, value, suffix: '', style };
}

function readHeader(cursor: Cursor, start: number): BlockHeader {
  cursor.skip();
  let chomping: BlockHeader['chomping'] | undefined;
  let increment = 0;
  for (let indicator = 0; indicator < 2; indicator++) {
    const code = cursor.code();
    if ((code === 0x2b || code === 0x2d) && chomping === undefined) chomping = code === 0x2b ? 'keep' : 'strip';
    else if (isDigit(code) && increment === 0) {
      if (code === 0x30) cursor.fail('a block text cannot be indented by 0', start);
      increment = code - 0x30;
    } else break;
    cursor.skip();
  }
  cursor.skipBlanks();
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.code())) cursor.fail('only a comment may follow | or > on its line');
  if (isBreak(cursor.code())) cursor.readBreak();
  return { chomping: chomping ?? 'clip', increment };
}

/** The indentation and empty lines between two lines of a block scalar. */
class Breaks {
  text = '';
  /** Column of the content; 0 until the first line has decided. */
  indent: number;
  /** Where the last line read ends, its break included. */
  end: number;
  readonly #cursor: Cursor;
  readonly #parentIndent: number;

  constructor(cursor: Cursor, parentIndent: number, indent: number) {
    this.#cursor = cursor;
    this.#parentIndent = parentIndent;
    this.indent = indent;
    this.end = cursor.at;
  }

  read(): void {
    const cursor = this.#cursor;
    this.text = '';
    this.end = cursor.at;
    let deepest = 0;
    for (;;) {
      while (this.#isInIndent() && cursor.code() === 0x20) cursor.skip();
      deepest = Math.max(deepest, cursor.column);
      if (this.#isInIndent() && cursor.code() === 0x09)
        cursor.fail('a tab stands where a block text must be indented by spaces');
      if (!isBreak(cursor.code())) break;
      this.text += cursor.readBreak();
      this.end = cursor.at;
    }
    if (this.indent === 0) this.indent = Math.max(deepest, this.#parentIndent + 1, 1);
  }

  #isInIndent(): boolean {
    return this.indent === 0 || this.#cursor.column < this.indent;
  }
}
