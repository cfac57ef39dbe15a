import { asString, isObject } from '../policy/json.ts';
import { parseJson } from './json-text.ts';
import { jsonExtent } from './json-extent.ts';
import { ManifestSyntaxError } from './syntax-error.ts';
import type { TextWindow } from './text-window.ts';

/** Lists that may stand in each other, where each is too large to be held. */
const maxListDepth = 128;

/**
 * A List that is larger than memory, from the window's place on: a List with one item for each of its items, then what stands
 * beside them. So it gives to whoever asks for the objects of each just what the whole would.
 * @throws {ManifestSyntaxError} whose offset is one of the window's text
 */
export async function* readJsonList(window: TextWindow, depth = 0): AsyncGenerator<unknown, void> {
  const list = new ListReader(window, depth);
  yield* list.read();
}

class ListReader {
  readonly #window: TextWindow;
  readonly #depth: number;
  /** The list without its items, as JSON. */
  #rest = '{';
  #hasItems = false;
  /** Kind that stood before the items, and whether an item had none of its own. */
  #kind = '';
  #needsKind = false;

  constructor(window: TextWindow, depth: number) {
    this.#window = window;
    this.#depth = depth;
  }

  async *read(): AsyncGenerator<unknown, void> {
    if (!(await this.#take('{')) || this.#depth > maxListDepth) {
      this.#fail('a value of more than 8 MiB is no list, and no API server has such an object');
    }
    if (!(await this.#take('}'))) {
      do {
        if ((await this.#next()) !== '"') this.#fail('JSON: a key in double quotes is expected here');
        const key = await this.#whole('a key');
        if (!(await this.#take(':'))) this.#fail("JSON: ':' is expected here");
        if (key.value === 'items' && (await this.#next()) === '[') {
          yield* this.#items();
          this.#add(key.text, '[]');
        } else this.#add(key.text, (await this.#whole('a field of a list')).text);
      } while (await this.#take(','));
      if (!(await this.#take('}'))) this.#fail("JSON: ',' or '}' is expected here");
    }
    yield this.#finish();
  }

  async *#items(): AsyncGenerator<unknown, void> {
    if (this.#hasItems) this.#fail("'items' stands twice in this list");
    this.#hasItems = true;
    const head = this.#head();
    this.#kind = asString(head['kind']);
    // Without a kind yet it is taken for a List, whose items name theirs.
    const frame = this.#kind.endsWith('List') ? head : { kind: 'List' };
    await this.#take('[');
    if (await this.#take(']')) return;
    do {
      await this.#next();
      const item = await this.#valueThatFits();
      if (item === undefined) yield* readJsonList(this.#window, this.#depth + 1);
      else {
        this.#needsKind ||= isObject(item.value) && asString(item.value['kind']) === '';
        yield { ...frame, items: [item.value] };
      }
    } while (await this.#take(','));
    if (!(await this.#take(']'))) this.#fail("JSON: ',' or ']' is expected here");
  }

  #finish(): unknown {
    const head = this.#head();
    const kind = asString(head['kind']);
    if (this.#needsKind && kind !== this.#kind && kind !== 'List' && kind.endsWith('List')) {
      this.#fail(`items without a kind stand before the list's, ${kind}, and were not judged; write it before them`);
    }
    return head;
  }

  #head(): Record<string, unknown> {
    return parsed(`${this.#rest}}`);
  }

  #add(key: string, value: string): void {
    this.#rest += `${this.#rest === '{' ? '' : ','}${key}:${value}`;
    if (this.#rest.length > this.#window.sizes.largestValue)
      this.#fail('more than 8 MiB stand beside the items of this list');
  }

  async #whole(what: string): Promise<{ text: string; value: unknown }> {
    await this.#next();
    return (await this.#valueThatFits()) ?? this.#fail(`${what} has more than 8 MiB`);
  }

  /** The value ahead, which is left behind; undefined where it is too large to be held. */
  async #valueThatFits(): Promise<{ text: string; value: unknown } | undefined> {
    const window = this.#window;
    const end = await extentOf(window);
    if (end === undefined) return undefined;
    const text = window.text.slice(window.at, end);
    const value = parseJson(text, window.at);
    window.moveTo(end);
    return { text, value };
  }

  /** The next character that is no white space, which is ahead then; '' at the end. */
  async #next(): Promise<string> {
    return nextJsonCharacter(this.#window);
  }

  async #take(character: string): Promise<boolean> {
    if ((await this.#next()) !== character) return false;
    this.#window.moveTo(this.#window.at + 1);
    return true;
  }

  #fail(message: string): never {
    const { at, length } = this.#window;
    const place = length === 0 ? message.replace('is expected here', 'is missing at the end of the file') : message;
    throw new ManifestSyntaxError(place, at);
  }
}

/** Offset behind the value ahead; undefined where it is too large to be held. A value that is cut off ends with the text. */
export async function extentOf(window: TextWindow): Promise<number | undefined> {
  const { largestValue } = window.sizes;
  for (;;) {
    const end = jsonExtent(window.text, window.at);
    if (end !== undefined) return end - window.at > largestValue ? undefined : end;
    if (window.length > largestValue) return undefined;
    if (window.ended) return window.text.length;
    await window.more();
  }
}

const whiteSpace = /[ \t\r\n]*/y;

/** Moves to the next character that is no white space of JSON, and tells it; '' at the end. */
export async function nextJsonCharacter(window: TextWindow): Promise<string> {
  for (;;) {
    whiteSpace.lastIndex = window.at;
    whiteSpace.test(window.text);
    window.moveTo(whiteSpace.lastIndex);
    if (window.length > 0 || window.ended) return window.text.charAt(window.at);
    await window.more();
  }
}

function parsed(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : {};
}
