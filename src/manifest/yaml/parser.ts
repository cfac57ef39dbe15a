import type { AliasNode, ContentNode, MappingEntry, Node, ScalarNode } from '../node.ts';
import { maxDepth } from '../node.ts';
import { ManifestSyntaxError } from '../syntax-error.ts';
import * as follow from './follow-sets.ts';
import { Scanner } from './scanner.ts';
import { TagHandles } from './tag-handles.ts';
import type { Token, TokenKind } from './token.ts';
import { tokenWords } from './token-words.ts';

/**
 * Reads the first YAML document of a text into nodes; undefined where there is none.
 *
 * A port of go.yaml.in/yaml/v2 parserc.go (see LICENSE.libyaml), whose grammar stands at the top of that file. Like that reader it looks
 * one token past the document and ignores the rest: `a: 1`, `...`, `b: 2` on three lines is `{a: 1}`.
 * @throws ManifestSyntaxError
 */
export function parseYamlDocument(text: string): Node | undefined {
  return new DocumentParser(text).parse();
}

type Context = 'block' | 'flow' | 'block-or-indentless';

/** Tag and anchor before a node. */
interface Properties {
  readonly outerStart: number;
  readonly end: number;
  readonly tag: string;
  readonly anchor: string | undefined;
}

class DocumentParser {
  readonly #scanner: Scanner;
  readonly #handles = new TagHandles();
  readonly #anchors = new Map<string, ContentNode>();
  #depth = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text, text.startsWith('\ufeff') ? 1 : 0);
  }

  parse(): Node | undefined {
    let token = this.#scanner.peek();
    if (token.kind === 'stream-end') return undefined;
    let isExplicit = token.kind === 'document-start';
    while (token.kind === 'version-directive' || token.kind === 'tag-directive') {
      this.#handles.apply(token);
      isExplicit = true;
      token = this.#next();
    }
    if (isExplicit) {
      if (token.kind !== 'document-start') fail("a line with '---' must follow the directives", token.start);
      token = this.#next();
    }
    const root = this.#nodeUnless(isExplicit ? follow.endsDocument : follow.none, 'block', token.start);
    this.#scanner.peek();
    return root;
  }

  /** Takes the token at hand and gives the one after it. */
  #next(): Token {
    this.#scanner.skip();
    return this.#scanner.peek();
  }

  /** Reads a node, or an empty one at `at` if the token at hand is one of `empty`. */
  #nodeUnless(empty: ReadonlySet<TokenKind>, context: Context, at: number): Node {
    return empty.has(this.#scanner.peek().kind) ? emptyNode(at) : this.#node(context);
  }

  #node(context: Context): Node {
    const first = this.#scanner.peek();
    if (first.kind === 'alias') return this.#alias(first);
    const properties = this.#properties(first);
    this.#depth += 1;
    if (this.#depth > maxDepth) fail(`more than ${maxDepth} lists and mappings stand in each other`, first.start);
    const node = this.#content(properties, context);
    this.#depth -= 1;
    return node;
  }

  #alias(token: Token): AliasNode {
    const { start, end, value: name } = token;
    const target = this.#anchors.get(name);
    if (target === undefined) return fail(`the anchor &${name} of this alias is not defined above it`, start);
    this.#scanner.skip();
    return { kind: 'alias', name, target, start, end, outerStart: start, isAnchored: false };
  }

  #properties(first: Token): Properties {
    let token = first;
    let anchor: string | undefined;
    let tag: string | undefined;
    let end = first.start;
    for (;;) {
      if (token.kind === 'anchor' && anchor === undefined) anchor = token.value;
      else if (token.kind === 'tag' && tag === undefined) tag = this.#handles.resolve(token);
      else return { outerStart: first.start, end, tag: tag ?? '', anchor };
      end = token.end;
      token = this.#next();
    }
  }

  #content(properties: Properties, context: Context): Node {
    const token = this.#scanner.peek();
    const isIndentless = context === 'block-or-indentless' && token.kind === 'block-entry';
    if (token.kind === 'scalar') return this.#scalar(token, properties);
    if (token.kind === 'flow-sequence-start')
      return this.#sequence(properties, true, (items) => this.#flowItems(items));
    if (token.kind === 'flow-mapping-start')
      return this.#mapping(properties, true, (entries) => this.#flowEntries(entries));
    if (isIndentless) return this.#sequence(properties, false, (items, dashes) => this.#indentlessItems(items, dashes));
    if (context !== 'flow' && token.kind === 'block-sequence-start') {
      return this.#sequence(properties, false, (items, dashes) => this.#blockItems(items, dashes));
    }
    if (context !== 'flow' && token.kind === 'block-mapping-start') {
      return this.#mapping(properties, false, (entries) => this.#blockEntries(entries));
    }
    if (properties.end > properties.outerStart) return this.#name(emptyNode(properties.end, properties), properties);
    return fail(`a value is missing before ${tokenWords[token.kind]}`, token.start);
  }

  /** Makes a node known under its anchor; before its content is read, as the reader does it. */
  #name<Kind extends ContentNode>(node: Kind, properties: Properties): Kind {
    if (properties.anchor !== undefined) this.#anchors.set(properties.anchor, node);
    return node;
  }

  #scalar(token: Token, properties: Properties): ScalarNode {
    const { start, end, value, style } = token;
    const { tag, outerStart, anchor } = properties;
    const isImplicit = tag === '!' || (tag === '' && style === 'plain');
    this.#scanner.skip();
    const isAnchored = anchor !== undefined;
    return this.#name(
      { kind: 'scalar', value, tag, style, isImplicit, start, end, outerStart, isAnchored },
      properties,
    );
  }

  #sequence(properties: Properties, isFlow: boolean, readItems: (items: Node[], dashes: number[]) => number): Node {
    const { start } = this.#scanner.peek();
    const items: Node[] = [];
    const dashes: number[] = [];
    const place = { start, end: start, outerStart: properties.outerStart, isAnchored: properties.anchor !== undefined };
    const node = { kind: 'sequence' as const, isFlow, items, dashes, ...place };
    this.#name(node, properties);
    node.end = readItems(items, dashes);
    return node;
  }

  #mapping(properties: Properties, isFlow: boolean, readEntries: (entries: MappingEntry[]) => number): Node {
    const { start } = this.#scanner.peek();
    const entries: MappingEntry[] = [];
    const place = { start, end: start, outerStart: properties.outerStart, isAnchored: properties.anchor !== undefined };
    const node = { kind: 'mapping' as const, isFlow, entries, ...place };
    this.#name(node, properties);
    node.end = readEntries(entries);
    return node;
  }

  #blockItems(items: Node[], dashes: number[]): number {
    let token = this.#next();
    let end = token.start;
    while (token.kind === 'block-entry') {
      this.#next();
      const item = this.#nodeUnless(follow.endsBlockItem, 'block', token.end);
      dashes.push(token.start);
      items.push(item);
      end = item.end;
      token = this.#scanner.peek();
    }
    if (token.kind !== 'block-end')
      fail(`${tokenWords[token.kind]} cannot stand in this list; is the indentation right?`, token.start);
    this.#scanner.skip();
    return end;
  }

  #indentlessItems(items: Node[], dashes: number[]): number {
    let token = this.#scanner.peek();
    let end = token.start;
    while (token.kind === 'block-entry') {
      this.#next();
      const item = this.#nodeUnless(follow.endsIndentlessItem, 'block', token.end);
      dashes.push(token.start);
      items.push(item);
      end = item.end;
      token = this.#scanner.peek();
    }
    return end;
  }

  #blockEntries(entries: MappingEntry[]): number {
    let token = this.#next();
    let end = token.start;
    while (token.kind === 'key') {
      this.#next();
      const key = this.#nodeUnless(follow.endsKey, 'block-or-indentless', token.end);
      const entry = this.#entry(key, follow.endsKey, 'block-or-indentless');
      entries.push(entry);
      end = entry.value.end;
      token = this.#scanner.peek();
    }
    if (token.kind !== 'block-end')
      fail(`${tokenWords[token.kind]} cannot stand among these keys; is the indentation right?`, token.start);
    this.#scanner.skip();
    return end;
  }

  /** Reads `: value` behind a key; an empty node stands where there is none. */
  #entry(key: Node, empty: ReadonlySet<TokenKind>, context: Context): MappingEntry {
    const token = this.#scanner.peek();
    if (token.kind !== 'value') return { key, colonEnd: -1, value: emptyNode(key.end) };
    this.#next();
    return { key, colonEnd: token.end, value: this.#nodeUnless(empty, context, token.end) };
  }

  #flowItems(items: Node[]): number {
    for (let token = this.#next(); ; token = this.#scanner.peek()) {
      if (items.length > 0) token = this.#separator(token, 'flow-sequence-end', "',' or ']'");
      if (token.kind === 'flow-sequence-end') {
        this.#scanner.skip();
        return token.end;
      }
      items.push(token.kind === 'key' ? this.#pair(token) : this.#node('flow'));
    }
  }

  /** A mapping of one entry without braces in a flow sequence: `[a: 1]`. */
  #pair(token: Token): Node {
    const isMissing = follow.endsPairKey.has(this.#next().kind);
    const key = this.#nodeUnless(follow.endsPairKey, 'flow', token.end);
    // As in yaml_parser_parse_flow_sequence_entry_mapping_key: the token that tells of the missing key is passed over.
    if (isMissing) this.#next();
    const entry = this.#entry(key, follow.endsPairValue, 'flow');
    const { start } = token;
    return {
      kind: 'mapping',
      isFlow: true,
      entries: [entry],
      start,
      end: entry.value.end,
      outerStart: start,
      isAnchored: false,
    };
  }

  #flowEntries(entries: MappingEntry[]): number {
    for (let token = this.#next(); ; token = this.#scanner.peek()) {
      if (entries.length > 0) token = this.#separator(token, 'flow-mapping-end', "',' or '}'");
      if (token.kind === 'flow-mapping-end') {
        this.#scanner.skip();
        return token.end;
      }
      if (token.kind === 'key') {
        this.#next();
        const key = this.#nodeUnless(follow.endsFlowKey, 'flow', token.end);
        entries.push(this.#entry(key, follow.endsFlowValue, 'flow'));
      } else {
        const key = this.#node('flow');
        entries.push({ key, colonEnd: -1, value: emptyNode(key.end) });
      }
    }
  }

  #separator(token: Token, end: TokenKind, wanted: string): Token {
    if (token.kind === end) return token;
    return token.kind === 'flow-entry'
      ? this.#next()
      : fail(`${wanted} is missing before ${tokenWords[token.kind]}`, token.start);
  }
}

function emptyNode(at: number, properties?: Properties): ScalarNode {
  const { tag = '', outerStart = at, anchor } = properties ?? {};
  const isImplicit = tag === '' || tag === '!';
  return {
    kind: 'scalar',
    value: '',
    tag,
    style: 'empty',
    isImplicit,
    start: at,
    end: at,
    outerStart,
    isAnchored: anchor !== undefined,
  };
}

function fail(message: string, offset: number): never {
  throw new ManifestSyntaxError(message, offset);
}
