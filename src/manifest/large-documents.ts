import { ManifestDecodeError } from './bytes.ts';
import type { UnreadPart } from './documents-of.ts';
import { FileReadError } from './file-bytes.ts';
import { skipSpace } from './go-space.ts';
import { extentOf, nextJsonCharacter, readJsonList } from './json-list.ts';
import { parseJson } from './json-text.ts';
import { readManifest } from './read.ts';
import { ManifestSyntaxError } from './syntax-error.ts';
import { TextWindow, windowSizes } from './text-window.ts';

/** Characters of the largest YAML document; it is held whole, as an anchor may reach from its start to its end. */
const largestYaml = 64 * 1024 * 1024;

/**
 * The documents of a file that is larger than memory, those that are broken told to `onUnread`. Of a JSON List that is too
 * large to be held each item comes as a List of its own. Behind an error within such a list nothing more is read.
 */
export async function* largeDocuments(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  onUnread: (part: UnreadPart) => void,
  sizes = windowSizes,
): AsyncGenerator<unknown, void> {
  const window = new TextWindow(chunks, sizes);
  try {
    yield* new LargeFile(name, window, onUnread).read();
  } catch (error) {
    if (error instanceof ManifestDecodeError || error instanceof FileReadError) {
      onUnread({ message: error.message, source: { file: name, line: 1, column: 1 } });
    } else if (error instanceof ManifestSyntaxError) {
      const message = `${error.message}; what follows was not read`;
      onUnread({ message, source: { file: name, ...window.positionOf(error.offset) } });
    } else throw error;
  } finally {
    await window.close();
  }
}

class LargeFile {
  readonly #name: string;
  readonly #window: TextWindow;
  readonly #onUnread: (part: UnreadPart) => void;

  constructor(name: string, window: TextWindow, onUnread: (part: UnreadPart) => void) {
    this.#name = name;
    this.#window = window;
    this.#onUnread = onUnread;
  }

  async *read(): AsyncGenerator<unknown, void> {
    let jsonBefore = 0;
    while (await this.#hasMore()) {
      if (!(await this.#beginsWith('{'))) {
        if (jsonBefore > 1) await this.#refuse();
        else yield* this.#yaml();
        jsonBefore = 0;
      } else if ((await extentOf(this.#window)) === undefined) {
        yield* readJsonList(this.#window);
        jsonBefore += 1;
      } else {
        const value = await this.#json();
        if (value === undefined) yield* this.#yaml();
        else yield value.value;
        jsonBefore = value === undefined ? 0 : jsonBefore + 1;
      }
    }
  }

  /** The JSON value ahead, which is left behind; undefined where it is none, but may be YAML. */
  async #json(): Promise<{ value: unknown } | undefined> {
    const window = this.#window;
    const end = await extentOf(window);
    if (end === undefined) return undefined;
    try {
      const value = parseJson(window.text.slice(window.at, end), window.at);
      window.moveTo(end);
      return { value };
    } catch (error) {
      if (error instanceof ManifestSyntaxError) return undefined;
      throw error;
    }
  }

  /** The part ahead, up to the line of the next `---`, for the reader of manifests. */
  async *#yaml(): AsyncGenerator<unknown, void> {
    const text = await this.#part();
    if (text === undefined) {
      const message =
        'a YAML document of more than 64 MiB cannot be held; write the dump as JSON (kubectl get -o json)';
      throw new ManifestSyntaxError(message, this.#window.at);
    }
    const { line, column } = this.#window.positionOf(this.#window.at);
    for (const entry of readManifest(text)) {
      if (entry.ok) {
        yield entry.document.value;
        continue;
      }
      const { message, position } = entry.error;
      const at = { line: position.line + line - 1, column: position.column + (position.line === 1 ? column - 1 : 0) };
      this.#onUnread({ message, source: { file: this.#name, ...at } });
    }
    this.#window.moveTo(this.#window.at + text.length);
  }

  /** Tells what kubectl says of anything but JSON behind two JSON values, and goes on at the next `---`. */
  async #refuse(): Promise<void> {
    const window = this.#window;
    if ((await nextJsonCharacter(window)) === '') return;
    const message = 'JSON: a JSON value is expected here; behind two JSON values only JSON may follow';
    this.#onUnread({ message, source: { file: this.#name, ...window.positionOf(window.at) } });
    if (window.text.startsWith('---', window.at)) return;
    const text = await this.#part();
    if (text === undefined) throw new ManifestSyntaxError('no line of --- follows within 64 MiB', window.at);
    window.moveTo(window.at + text.length);
  }

  /**
   * The text from here to the line of the next `---`; with that line where it is broken, as it then takes what is above it
   * along. Undefined where that is too far away.
   */
  async #part(): Promise<string | undefined> {
    const window = this.#window;
    for (;;) {
      const separator = window.text.indexOf('\n---', window.at);
      const lineEnd = separator < 0 ? -1 : window.text.indexOf('\n', separator + 1);
      if (lineEnd >= 0 || window.ended) {
        const end = separator < 0 ? window.text.length : separator + 1;
        const line = window.text.slice(end, lineEnd < 0 ? undefined : lineEnd);
        return window.text.slice(window.at, isSeparator(line) ? end : end + line.length);
      }
      if (window.length > largestYaml) return undefined;
      await window.more();
    }
  }

  async #hasMore(): Promise<boolean> {
    if (this.#window.length === 0) await this.#window.more();
    return this.#window.length > 0;
  }

  /** Moves behind white space where a character follows it; what else begins with white space is YAML's. */
  async #beginsWith(character: string): Promise<boolean> {
    const window = this.#window;
    for (;;) {
      const first = skipSpace(window.text, window.at);
      if (first < window.text.length || window.ended) {
        if (window.text[first] !== character) return false;
        window.moveTo(first);
        return true;
      }
      if (window.length > largestYaml) return false;
      await window.more();
    }
  }
}

/** Whether nothing but a comment follows `---`; the empty text is the end of the file. */
function isSeparator(line: string): boolean {
  const rest = skipSpace(line, 3);
  return rest >= line.length || line[rest] === '#';
}
