import { scanBlockScalar } from './block-scalar.ts';
import { Cursor, end, isBlank, isBlankOrEnd, isBreak } from './cursor.ts';
import { scanAnchor, scanDirective, scanTag } from './properties.ts';
import { scanPlainScalar, scanQuotedScalar } from './scalars.ts';
import type { Token, TokenKind } from './token.ts';
import { token } from './token.ts';
import { TokenQueue } from './token-queue.ts';

/** A place where a key without `?` may have begun; known to be one only when its `:` is met. */
interface SimpleKey {
  isPossible: boolean;
  /** Whether nothing but a key can stand there. */
  readonly isRequired: boolean;
  readonly tokenNumber: number;
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

const noKey: SimpleKey = { isPossible: false, isRequired: false, tokenNumber: -1, at: 0, line: 0, column: 0 };

// # % @ ` and, in a flow collection, | and >
const beginsNoToken: ReadonlySet<number> = new Set([0x23, 0x25, 0x40, 0x60, 0x7c, 0x3e]);

/**
 * The tokens of one YAML document, as the API server's reader sees them.
 *
 * A port of go.yaml.in/yaml/v2 scannerc.go (itself a port of libyaml; see LICENSE.libyaml), which decides what `kubectl apply -f` sends;
 * it knows YAML 1.1 and differs from YAML 1.2 in line breaks, `?` in flow collections, indentation of flow collections,
 * comments after a quoted text and more. Tokens are read as the parser asks, because what follows the first document of
 * a text is never looked at. Each `fetch` below is the function of the same name there.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #queue = new TokenQueue();
  readonly #indents: number[] = [];
  /** One entry for the block context, and one for each open flow collection. */
  readonly #simpleKeys: SimpleKey[] = [noKey];
  readonly #keyAtToken = new Map<number, SimpleKey>();
  #indent = -1;
  #flowLevel = 0;
  #mayStartKey = true;

  constructor(text: string, at: number) {
    this.#cursor = new Cursor(text, at);
  }

  peek(): Token {
    for (;;) {
      const head = this.#queue.head();
      if (head !== undefined) {
        const key = this.#keyAtToken.get(this.#queue.taken);
        if (key === undefined || !this.#isStillPossible(key)) return head;
      }
      this.#fetchNextToken();
    }
  }

  skip(): void {
    this.#queue.take();
  }

  #fetchNextToken(): void {
    const cursor = this.#cursor;
    this.#skipToNextToken();
    this.#unrollIndent(cursor.column);
    const code = cursor.code();
    if (code === end) this.#fetchStreamEnd();
    else if (cursor.column === 0 && code === 0x25) this.#fetchDirective();
    else if (cursor.isAtDocumentIndicator()) {
      this.#fetchDocumentIndicator(code === 0x2d ? 'document-start' : 'document-end');
    } else this.#fetchByFirstCharacter(code);
  }

  #fetchByFirstCharacter(code: number): void {
    const cursor = this.#cursor;
    const isIndicator = isBlankOrEnd(cursor.code(1));
    const isFlow = this.#flowLevel > 0;
    if (code === 0x5b) this.#fetchFlowStart('flow-sequence-start');
    else if (code === 0x7b) this.#fetchFlowStart('flow-mapping-start');
    else if (code === 0x5d) this.#fetchFlowEnd('flow-sequence-end');
    else if (code === 0x7d) this.#fetchFlowEnd('flow-mapping-end');
    else if (code === 0x2c) this.#fetchFlowEntry();
    else if (code === 0x2d && isIndicator) this.#fetchBlockEntry();
    else if (code === 0x3f && (isIndicator || isFlow)) this.#fetchKey();
    else if (code === 0x3a && (isIndicator || isFlow)) this.#fetchValue();
    else if (code === 0x2a) this.#fetchPossibleKey(() => scanAnchor(cursor, 'alias'));
    else if (code === 0x26) this.#fetchPossibleKey(() => scanAnchor(cursor, 'anchor'));
    else if (code === 0x21) this.#fetchPossibleKey(() => scanTag(cursor));
    else if (code === 0x27) this.#fetchPossibleKey(() => scanQuotedScalar(cursor, 'single'));
    else if (code === 0x22) this.#fetchPossibleKey(() => scanQuotedScalar(cursor, 'double'));
    else if (code === 0x7c && !isFlow) this.#fetchBlockScalar('literal');
    else if (code === 0x3e && !isFlow) this.#fetchBlockScalar('folded');
    else if (code === 0x09) cursor.fail('a tab cannot be used to indent');
    else if (beginsNoToken.has(code)) cursor.fail(`a value cannot begin with ${String.fromCharCode(code)}; quote it`);
    else this.#fetchPlainScalar();
  }

  /** Tabs count as blanks here only where no key may start: at the beginning of a line they would be indentation. */
  #skipToNextToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      const mayBeTab = this.#flowLevel > 0 || !this.#mayStartKey;
      while (mayBeTab ? isBlank(cursor.code()) : cursor.code() === 0x20) cursor.skip();
      cursor.skipComment();
      if (!isBreak(cursor.code())) return;
      cursor.readBreak();
      if (this.#flowLevel === 0) this.#mayStartKey = true;
    }
  }

  /** The reader looks for the `:` of a key on the key's own line, and in the 1024 characters after its start. */
  #isStillPossible(key: SimpleKey): boolean {
    if (!key.isPossible) return false;
    if (key.line === this.#cursor.line && !this.#isFarBehind(key.at)) return true;
    if (key.isRequired) this.#cursor.fail("a ':' is missing after this key", key.at);
    key.isPossible = false;
    return false;
  }

  #isFarBehind(at: number): boolean {
    if (this.#cursor.at - at <= 1024) return false;
    if (this.#cursor.at - at > 2 * 1024) return true;
    return Array.from(this.#cursor.text.slice(at, this.#cursor.at)).length > 1024;
  }

  #saveSimpleKey(): void {
    if (!this.#mayStartKey) return;
    const { at, line, column } = this.#cursor;
    this.#removeSimpleKey();
    const isRequired = this.#flowLevel === 0 && this.#indent === column;
    const key = { isPossible: true, isRequired, tokenNumber: this.#queue.next, at, line, column };
    this.#simpleKeys[this.#simpleKeys.length - 1] = key;
    this.#keyAtToken.set(key.tokenNumber, key);
  }

  #removeSimpleKey(): void {
    const key = this.#lastKey();
    if (!key.isPossible) return;
    if (key.isRequired) this.#cursor.fail("a ':' is missing after this key", key.at);
    this.#forget(key);
  }

  #forget(key: SimpleKey): void {
    key.isPossible = false;
    this.#keyAtToken.delete(key.tokenNumber);
  }

  #lastKey(): SimpleKey {
    return this.#simpleKeys.at(-1) ?? noKey;
  }

  /** Opens a block collection at a column, before the token of that number. */
  #rollIndent(column: number, tokenNumber: number, kind: TokenKind, at: number): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    this.#queue.insert(tokenNumber, token(kind, at, at));
  }

  #unrollIndent(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#queue.add(token('block-end', this.#cursor.at, this.#cursor.at));
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #fetchIndicator(kind: TokenKind, length: number): void {
    const start = this.#cursor.at;
    this.#cursor.skip(length);
    this.#queue.add(token(kind, start, this.#cursor.at));
  }

  #leaveBlocks(): void {
    this.#unrollIndent(-1);
    this.#removeSimpleKey();
    this.#mayStartKey = false;
  }

  #fetchStreamEnd(): void {
    this.#leaveBlocks();
    this.#queue.add(token('stream-end', this.#cursor.at, this.#cursor.at));
  }

  #fetchDirective(): void {
    this.#leaveBlocks();
    this.#queue.add(scanDirective(this.#cursor));
  }

  #fetchDocumentIndicator(kind: 'document-start' | 'document-end'): void {
    this.#leaveBlocks();
    this.#fetchIndicator(kind, 3);
  }

  #fetchFlowStart(kind: 'flow-sequence-start' | 'flow-mapping-start'): void {
    this.#saveSimpleKey();
    this.#simpleKeys.push({ ...noKey, tokenNumber: this.#queue.next });
    this.#flowLevel += 1;
    this.#mayStartKey = true;
    this.#fetchIndicator(kind, 1);
  }

  #fetchFlowEnd(kind: 'flow-sequence-end' | 'flow-mapping-end'): void {
    this.#removeSimpleKey();
    if (this.#flowLevel > 0) {
      this.#flowLevel -= 1;
      // An empty collection loses its own start as a possible key here, as in yaml_parser_decrease_flow_level.
      this.#keyAtToken.delete(this.#simpleKeys.pop()?.tokenNumber ?? -1);
    }
    this.#mayStartKey = false;
    this.#fetchIndicator(kind, 1);
  }

  #fetchFlowEntry(): void {
    this.#removeSimpleKey();
    this.#mayStartKey = true;
    this.#fetchIndicator('flow-entry', 1);
  }

  #fetchBlockEntry(): void {
    this.#openBlock('block-sequence-start', "a list entry ('- ') cannot stand here");
    this.#removeSimpleKey();
    this.#mayStartKey = true;
    this.#fetchIndicator('block-entry', 1);
  }

  #fetchKey(): void {
    this.#openBlock('block-mapping-start', "a key ('? ') cannot stand here");
    this.#removeSimpleKey();
    this.#mayStartKey = this.#flowLevel === 0;
    this.#fetchIndicator('key', 1);
  }

  #fetchValue(): void {
    const key = this.#lastKey();
    if (this.#isStillPossible(key)) {
      this.#queue.insert(key.tokenNumber, token('key', key.at, key.at));
      this.#rollIndent(key.column, key.tokenNumber, 'block-mapping-start', key.at);
      this.#forget(key);
      this.#mayStartKey = false;
    } else {
      this.#openBlock('block-mapping-start', "a ': ' cannot stand here; quote the text, or check the indentation");
      this.#mayStartKey = this.#flowLevel === 0;
    }
    this.#fetchIndicator('value', 1);
  }

  #openBlock(kind: TokenKind, refusal: string): void {
    if (this.#flowLevel > 0) return;
    if (!this.#mayStartKey) this.#cursor.fail(refusal);
    this.#rollIndent(this.#cursor.column, this.#queue.next, kind, this.#cursor.at);
  }

  #fetchPossibleKey(scan: () => Token): void {
    this.#saveSimpleKey();
    this.#mayStartKey = false;
    this.#queue.add(scan());
  }

  #fetchBlockScalar(style: 'literal' | 'folded'): void {
    this.#removeSimpleKey();
    this.#mayStartKey = true;
    this.#queue.add(scanBlockScalar(this.#cursor, this.#indent, style));
  }

  #fetchPlainScalar(): void {
    this.#saveSimpleKey();
    this.#mayStartKey = false;
    const scalar = scanPlainScalar(this.#cursor, this.#indent + 1, this.#flowLevel > 0);
    this.#queue.add(scalar.token);
    if (scalar.sawBreak) this.#mayStartKey = true;
  }
}
