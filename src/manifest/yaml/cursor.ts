import { ManifestSyntaxError } from '../syntax-error.ts';

/**
 * A place in the text of one YAML document, moved forward only.
 *
 * Line breaks are those of YAML 1.1 (LF, CR, CRLF, NEL, LS, PS), because the API server's reader knows them:
 * `a: 1<NEL>hostNetwork: true` is two fields to it. The text ends with a line break; past it every code is `end`.
 */
export class Cursor {
  readonly text: string;
  at: number;
  line = 0;
  #lineStart: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
    this.#lineStart = at;
  }

  /** UTF-16 units since the start of the line; only white space or indicators ever stand before a column that matters. */
  get column(): number {
    return this.at - this.#lineStart;
  }

  /** The UTF-16 unit here, or `ahead` units further on; `end` past the text. */
  code(ahead = 0): number {
    const at = this.at + ahead;
    return at < this.text.length ? this.text.charCodeAt(at) : end;
  }

  skip(units = 1): void {
    this.at += units;
  }

  /**
   * Reads a line break; CR, CRLF and NEL count as LF, while LS and PS stay what they are. CR CR LF is one break: kubectl
   * makes LF of CRLF before the document is read, and what is left is a CRLF.
   */
  readBreak(): string {
    const code = this.code();
    if (code !== 0x0d) this.at += 1;
    else if (this.code(1) === 0x0a) this.at += 2;
    else this.at += this.code(1) === 0x0d && this.code(2) === 0x0a ? 3 : 1;
    this.line += 1;
    this.#lineStart = this.at;
    return code === 0x2028 ? '\u2028' : code === 0x2029 ? '\u2029' : '\n';
  }

  skipBlanks(): void {
    while (isBlank(this.code())) this.skip();
  }

  skipComment(): void {
    if (this.code() !== 0x23) return;
    while (!isBreakOrEnd(this.code())) this.skip();
  }

  /** Whether `---` or `...` stands alone at the start of this line. */
  isAtDocumentIndicator(): boolean {
    return this.column === 0 && (this.#isAtMark(0x2d) || this.#isAtMark(0x2e));
  }

  #isAtMark(code: number): boolean {
    return this.code() === code && this.code(1) === code && this.code(2) === code && isBlankOrEnd(this.code(3));
  }

  fail(message: string, at = this.at): never {
    throw new ManifestSyntaxError(message, at);
  }
}

/** The code past the end of the text; NUL cannot stand in a document. */
export const end = 0;

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

export function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
}

export function isBreakOrEnd(code: number): boolean {
  return code === end || isBreak(code);
}

export function isBlankOrEnd(code: number): boolean {
  return isBlank(code) || isBreakOrEnd(code);
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Letters, digits, `_` and `-`: what an anchor's name or a tag's handle is made of. */
export function isWord(code: number): boolean {
  return (
    isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f || code === 0x2d
  );
}

/** The value of a hexadecimal digit; -1 for anything else. */
export function hexDigit(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
