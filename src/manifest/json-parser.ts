import type { MappingEntry, Node, ScalarNode } from './node.ts';
import { maxDepth } from './node.ts';
import { ManifestSyntaxError } from './syntax-error.ts';

/** One value of a stream of JSON values, and the offset behind it. */
export interface JsonValue {
  readonly root: Node;
  readonly end: number;
}

/**
 * Reads the JSON value that begins at or after `from`; undefined where only white space is left.
 *
 * The grammar is that of Go's encoding/json, which equals `JSON.parse`; that one tells no positions and no duplicates.
 * @throws ManifestSyntaxError
 */
export function parseJsonValue(text: string, from: number): JsonValue | undefined {
  const parser = new JsonParser(text, from);
  return parser.parse();
}

// Sticky, so that each matches at the parser's place alone.
const whiteSpace = /[ \t\r\n]*/y;
const numberStart = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?/y;
const endsInPart = /(?:[eE]|[-+.])$|\.[eE]/;
const literal = /true|false|null/y;
const plainCharacters = /[^"\\\u0000-\u001f]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

class JsonParser {
  readonly #text: string;
  #at: number;
  #depth = 0;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = from;
  }

  parse(): JsonValue | undefined {
    this.#skipWhiteSpace();
    if (this.#at >= this.#text.length) return undefined;
    const root = this.#value();
    return { root, end: this.#at };
  }

  #value(): Node {
    const start = this.#at;
    const first = this.#text[start];
    if (first === '{') return this.#nested(() => this.#object());
    if (first === '[') return this.#nested(() => this.#array());
    if (first === '"') return this.#string();
    if (this.#match(literal) || this.#number())
      return scalar(this.#text.slice(start, this.#at), 'json', start, this.#at);
    return this.#fail('a JSON value');
  }

  #nested(read: () => Node): Node {
    this.#depth += 1;
    if (this.#depth > maxDepth) {
      throw new ManifestSyntaxError(`more than ${maxDepth} lists and mappings stand in each other`, this.#at);
    }
    const node = read();
    this.#depth -= 1;
    return node;
  }

  #object(): Node {
    const start = this.#at;
    const entries: MappingEntry[] = [];
    this.#at += 1;
    this.#skipWhiteSpace();
    if (!this.#take('}')) {
      do {
        this.#skipWhiteSpace();
        if (this.#text[this.#at] !== '"') this.#fail('a key in double quotes');
        const key = this.#string();
        this.#skipWhiteSpace();
        if (!this.#take(':')) this.#fail("':'");
        const colonEnd = this.#at;
        this.#skipWhiteSpace();
        entries.push({ key, colonEnd, value: this.#value() });
        this.#skipWhiteSpace();
      } while (this.#take(','));
      if (!this.#take('}')) this.#fail("',' or '}'");
    }
    return { kind: 'mapping', isFlow: true, entries, start, end: this.#at, outerStart: start, isAnchored: false };
  }

  #array(): Node {
    const start = this.#at;
    const items: Node[] = [];
    this.#at += 1;
    this.#skipWhiteSpace();
    if (!this.#take(']')) {
      do {
        this.#skipWhiteSpace();
        items.push(this.#value());
        this.#skipWhiteSpace();
      } while (this.#take(','));
      if (!this.#take(']')) this.#fail("',' or ']'");
    }
    return {
      kind: 'sequence',
      isFlow: true,
      items,
      dashes: [],
      start,
      end: this.#at,
      outerStart: start,
      isAnchored: false,
    };
  }

  #string(): ScalarNode {
    const start = this.#at;
    this.#at += 1;
    let hasEscape = false;
    this.#match(plainCharacters);
    while (!this.#take('"')) {
      if (!this.#match(escape)) this.#fail('a closing double quote, or an escape that JSON knows');
      this.#match(plainCharacters);
      hasEscape = true;
    }
    const quoted = this.#text.slice(start, this.#at);
    const value = hasEscape ? unescape(quoted) : quoted.slice(1, -1);
    return scalar(value.toWellFormed(), 'double', start, this.#at);
  }

  #number(): boolean {
    const start = this.#at;
    if (!this.#match(numberStart)) return false;
    if (endsInPart.test(this.#text.slice(start, this.#at))) this.#fail('a digit');
    return true;
  }

  #skipWhiteSpace(): void {
    this.#match(whiteSpace);
  }

  /** Moves behind what the expression matches here; false where that is nothing. */
  #match(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    if (!expression.test(this.#text)) return false;
    const hasMoved = expression.lastIndex > this.#at;
    this.#at = expression.lastIndex;
    return hasMoved;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(wanted: string): never {
    const place = this.#at < this.#text.length ? 'is expected here' : 'is missing at the end of the file';
    throw new ManifestSyntaxError(`JSON: ${wanted} ${place}`, this.#at);
  }
}

/** The text of a JSON string; Go makes U+FFFD of a lone surrogate, which the caller does. */
function unescape(quoted: string): string {
  const value: unknown = JSON.parse(quoted);
  return typeof value === 'string' ? value : '';
}

function scalar(value: string, style: 'double' | 'json', start: number, end: number): ScalarNode {
  return { kind: 'scalar', value, tag: '', style, isImplicit: false, start, end, outerStart: start, isAnchored: false };
}
