import type { Token } from './token.ts';
import type { Cursor } from './cursor.ts';
import { end, hexDigit, isBlank, isBlankOrEnd, isBreak } from './cursor.ts';

/** A scalar without quotes; `sawBreak` tells that it ended on a later line, where a key may begin. */
export interface PlainScalar {
  readonly token: Token;
  readonly sawBreak: boolean;
}

/** Reads a plain scalar; `indent` is the least column of its further lines. Source: yaml_parser_scan_plain_scalar. */
export function scanPlainScalar(cursor: Cursor, indent: number, inFlow: boolean): PlainScalar {
  const start = cursor.at;
  let valueEnd = start;
  let value = '';
  const gap = new Gap();
  for (;;) {
    if (cursor.isAtDocumentIndicator() || cursor.code() === 0x23) break;
    const run = cursor.at;
    while (isInRun(cursor, inFlow)) cursor.skip();
    if (cursor.at > run) {
      value += gap.take() + cursor.text.slice(run, cursor.at);
      valueEnd = cursor.at;
    }
    if (!isBlank(cursor.code()) && !isBreak(cursor.code())) break;
    gap.read(cursor, indent);
    if (!inFlow && cursor.column < indent) break;
  }
  return {
    token: { kind: 'scalar', start, end: valueEnd, value, suffix: '', style: 'plain' },
    sawBreak: gap.hasBreak,
  };
}

/** Whether the character here is one of a word, or a single blank between two words of a line. */
function isInRun(cursor: Cursor, inFlow: boolean): boolean {
  if (!isBlank(cursor.code())) return !isBlankOrEnd(cursor.code()) && !endsPlainScalar(cursor, inFlow, 0);
  return !isBlankOrEnd(cursor.code(1)) && cursor.code(1) !== 0x23 && !endsPlainScalar(cursor, inFlow, 1);
}

function endsPlainScalar(cursor: Cursor, inFlow: boolean, ahead: number): boolean {
  const code = cursor.code(ahead);
  if (code === 0x3a) return isBlankOrEnd(cursor.code(ahead + 1));
  // , ? [ ] { }: the reader ends a plain scalar at '?' in a flow collection, where YAML 1.2 would go on.
  return inFlow && (code === 0x2c || code === 0x3f || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d);
}

/** The white space between two words of a flow scalar, and what YAML's line folding makes of it. */
class Gap {
  hasBreak = false;
  #blanks = '';
  #firstBreak = '';
  #furtherBreaks = '';

  /** Reads blanks and breaks; a tab left of column `indent` is refused where indentation counts. */
  read(cursor: Cursor, indent = 0): void {
    for (;;) {
      const code = cursor.code();
      if (isBlank(code)) {
        if (this.hasBreak && code === 0x09 && cursor.column < indent) cursor.fail('a tab cannot be used to indent');
        if (!this.hasBreak) this.#blanks += String.fromCharCode(code);
        cursor.skip();
      } else if (isBreak(code)) {
        if (this.hasBreak) this.#furtherBreaks += cursor.readBreak();
        else this.#firstBreak = cursor.readBreak();
        this.hasBreak = true;
      } else return;
    }
  }

  /** What the gap stands for in the value; the gap is empty again afterwards. */
  take(): string {
    let text = this.#blanks;
    if (this.hasBreak) {
      if (this.#firstBreak !== '\n') text = this.#firstBreak + this.#furtherBreaks;
      else text = this.#furtherBreaks === '' ? ' ' : this.#furtherBreaks;
    }
    this.hasBreak = false;
    this.#blanks = this.#firstBreak = this.#furtherBreaks = '';
    return text;
  }

  /** The state after `\` at the end of a line: the break itself stands for nothing, and the next line's blanks are dropped. */
  escapeBreak(): void {
    this.hasBreak = true;
  }
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\x85'],
  ['_', '\xa0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const escapeLengths: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** Reads a quoted scalar. Source: yaml_parser_scan_flow_scalar (no `\/`, which only JSON has). */
export function scanQuotedScalar(cursor: Cursor, style: 'single' | 'double'): Token {
  const start = cursor.at;
  const quote = cursor.code();
  cursor.skip();
  let value = '';
  const gap = new Gap();
  for (;;) {
    if (cursor.isAtDocumentIndicator())
      cursor.fail('a quoted text is not closed before the end of the document', start);
    if (cursor.code() === end) cursor.fail('a quoted text is not closed before the end of the file', start);
    value += readQuotedWord(cursor, style, gap);
    if (cursor.code() === quote) break;
    gap.read(cursor);
    value += gap.take();
  }
  cursor.skip();
  return { kind: 'scalar', start, end: cursor.at, value, suffix: '', style };
}

/** Reads up to white space or the closing quote. */
function readQuotedWord(cursor: Cursor, style: 'single' | 'double', gap: Gap): string {
  let value = '';
  let run = cursor.at;
  const flush = (): string => cursor.text.slice(run, cursor.at);
  for (;;) {
    const code = cursor.code();
    if (isBlankOrEnd(code)) return value + flush();
    if (style === 'single') {
      if (code === 0x27 && cursor.code(1) !== 0x27) return value + flush();
      if (code === 0x27) {
        cursor.skip();
        value += flush();
        cursor.skip();
        run = cursor.at;
      } else cursor.skip();
    } else if (code === 0x22) return value + flush();
    else if (code === 0x5c) {
      value += flush();
      if (isBreak(cursor.code(1))) {
        cursor.skip();
        cursor.readBreak();
        gap.escapeBreak();
        return value;
      }
      value += readEscape(cursor);
      run = cursor.at;
    } else cursor.skip();
  }
}

function readEscape(cursor: Cursor): string {
  const name = cursor.text.charAt(cursor.at + 1);
  const known = escapes.get(name);
  if (known !== undefined) {
    cursor.skip(2);
    return known;
  }
  const length = escapeLengths.get(name);
  if (length === undefined) cursor.fail(`a double-quoted text has the unknown escape \\${name}`);
  let code = 0;
  for (let digit = 0; digit < length; digit++) {
    const value = hexDigit(cursor.code(2 + digit));
    if (value < 0) cursor.fail(`the escape \\${name} needs ${length} hexadecimal digits`);
    code = code * 16 + value;
  }
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    cursor.fail(`the escape \\${name} names a code that is no character`);
  }
  cursor.skip(2 + length);
  return String.fromCodePoint(code);
}
