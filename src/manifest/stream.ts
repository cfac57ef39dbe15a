import { isSpace, skipSpace } from './go-space.ts';
import { parseJsonValue } from './json-parser.ts';
import type { Node } from './node.ts';
import { ManifestSyntaxError } from './syntax-error.ts';
import type { YamlDocumentText } from './yaml-documents.ts';
import { splitYamlDocuments } from './yaml-documents.ts';
import { parseYamlDocument } from './yaml/parser.ts';

/** A text that could not be read, or a document of it; `base` is what its offsets are counted from. */
export type StreamEntry = StreamError | StreamDocument;

export interface StreamError {
  readonly ok: false;
  readonly error: ManifestSyntaxError;
  readonly base: number;
}

export interface StreamDocument {
  readonly ok: true;
  /** Undefined where the document is empty. */
  readonly root: Node | undefined;
  readonly base: number;
  /** The part of the whole text that is this document's. */
  readonly from: number;
  readonly to: number;
  readonly isJson: boolean;
}

/**
 * The documents of a text, as kubectl reads them.
 *
 * Source: YAMLOrJSONDecoder in k8s.io/apimachinery/pkg/util/yaml/decoder.go. A text whose first character is `{` is a
 * stream of JSON values; after an error in it the rest is read as YAML, unless two values were read before. kubectl
 * stops at the first error; here the rest is read too, after a stream of JSON from the next `---` on.
 */
export function* readStream(text: string): Generator<StreamEntry, void> {
  // kubectl takes the byte order mark of a file away before it looks at the text.
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    if (!beginsAsJson(text, at)) {
      yield* yamlEntries(text, at);
      return;
    }
    const json = yield* jsonEntries(text, at);
    if (json.error === undefined) return;
    if (json.count > 1) {
      const message = `${json.error.message}; behind two JSON values only JSON may follow`;
      yield { ok: false, error: new ManifestSyntaxError(message, json.error.offset), base: 0 };
      at = nextSeparator(text, json.at);
      continue;
    }
    const yamlFrom = skipToYaml(text, json.at);
    if (yamlFrom === undefined) yield { ok: false, error: json.error, base: 0 };
    else yield* yamlEntries(text, yamlFrom, json.error);
    return;
  }
}

interface JsonEnd {
  readonly error: ManifestSyntaxError | undefined;
  readonly count: number;
  /** Offset behind the last value that could be read. */
  readonly at: number;
}

function* jsonEntries(text: string, from: number): Generator<StreamEntry, JsonEnd> {
  let at = from;
  for (let count = 0; ; count++) {
    let value;
    try {
      value = parseJsonValue(text, at);
    } catch (error) {
      return { error: asSyntaxError(error), count, at };
    }
    if (value === undefined) return { error: undefined, count, at };
    at = value.end;
    yield { ok: true, root: value.root, base: 0, from: value.root.start, to: value.root.end, isJson: true };
  }
}

/** Reads the rest as YAML; its first document is one that could not be read as JSON. */
function* yamlEntries(text: string, from: number, jsonError?: ManifestSyntaxError): Generator<StreamEntry, void> {
  let firstError = jsonError;
  for (const part of splitYamlDocuments(text, from)) {
    const entry = yamlEntry(part);
    // kubectl tells the error of JSON; the one that was met later in the text says more of what is wrong.
    if (firstError !== undefined && !entry.ok && firstError.offset > entry.base + entry.error.offset) {
      yield { ok: false, error: firstError, base: 0 };
    } else yield entry;
    firstError = undefined;
  }
}

function yamlEntry({ text, base, end, error }: YamlDocumentText): StreamEntry {
  if (error !== undefined) return { ok: false, error, base };
  try {
    return { ok: true, root: parseYamlDocument(text), base, from: base, to: end, isJson: false };
  } catch (failure) {
    return { ok: false, error: asSyntaxError(failure), base };
  }
}

function asSyntaxError(error: unknown): ManifestSyntaxError {
  if (error instanceof ManifestSyntaxError) return error;
  throw error;
}

/** Whether the first character that is no white space is `{`, looking at no more than 4096 bytes as kubectl does. */
function beginsAsJson(text: string, at: number): boolean {
  const first = skipSpace(text, at);
  return text[first] === '{' && Buffer.byteLength(text.slice(at, first)) < 4096;
}

/**
 * Where YAML goes on behind a JSON value: after the line break, if only white space is before it. Source: consumeWhitespace,
 * which looks at four bytes at a time and gives up where fewer are left; undefined then.
 */
function skipToYaml(text: string, from: number): number | undefined {
  for (let at = from; ; at++) {
    if (Buffer.byteLength(text.slice(at, at + 4)) < 4) return undefined;
    const character = text.charAt(at);
    if (character === '\ufffd') return undefined;
    if (!isSpace(character)) return at;
    if (character === '\n') return at + 1;
  }
}

function nextSeparator(text: string, from: number): number {
  const found = text.indexOf('\n---', from);
  return found < 0 ? text.length : found + 1;
}
