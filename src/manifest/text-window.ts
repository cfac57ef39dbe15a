import { isUtf8 } from 'node:buffer';
import { lineOfFirstInvalidByte, manifestEncoding, notUtf8 } from './bytes.ts';
import type { Position } from './positions.ts';

/** How much of a file is in memory. */
export interface WindowSizes {
  /** Characters that are asked for at a time, at the least. */
  readonly atOnce: number;
  /** Characters of the largest JSON value that is held whole. */
  readonly largestValue: number;
}

/** The API server takes requests of 3 MiB and etcd keeps objects of 1.5 MiB, so that what is larger than 8 MiB is a list. */
export const windowSizes: WindowSizes = { atOnce: 1024 * 1024, largestValue: 8 * 1024 * 1024 };

/** A part of a text that is larger than memory: what is ahead of a reader, and where in the whole that is. */
export class TextWindow {
  readonly sizes: WindowSizes;
  readonly #pieces: AsyncIterator<string>;
  #text = '';
  #at = 0;
  #line = 1;
  #column = 1;
  /** Offset up to which line and column are counted. */
  #counted = 0;
  #ended = false;

  /** @throws {ManifestDecodeError} while it is read, where the bytes are no text */
  constructor(chunks: AsyncIterable<Uint8Array>, sizes: WindowSizes) {
    this.sizes = sizes;
    this.#pieces = decoded(chunks)[Symbol.asyncIterator]();
  }

  /** What was read and not yet left behind; it begins `at` characters into this. */
  get text(): string {
    return this.#text;
  }

  get at(): number {
    return this.#at;
  }

  /** Characters ahead that are in memory. */
  get length(): number {
    return this.#text.length - this.#at;
  }

  /** Whether nothing follows what is in memory. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Leaves everything before an offset of `text` behind. */
  moveTo(offset: number): void {
    this.#at = offset;
  }

  /** Reads on: at least as much again as is in memory, so that whoever looks again from the start does linear work. */
  async more(): Promise<void> {
    this.#countTo(this.#at);
    const parts = [this.#text.slice(this.#at)];
    const wanted = Math.max(this.sizes.atOnce, parts[0]?.length ?? 0);
    this.#at = this.#counted = 0;
    for (let got = 0; got < wanted && !this.#ended;) {
      const next = await this.#pieces.next();
      if (next.done === true) this.#ended = true;
      else {
        parts.push(next.value);
        got += next.value.length;
      }
    }
    this.#text = parts.join('');
  }

  /** The place of an offset of `text` that is not before `at`. */
  positionOf(offset: number): Position {
    this.#countTo(this.#at);
    const { line, column } = counted(this.#text, this.#at, offset, this.#line, this.#column);
    return { line, column };
  }

  /** Gives the file back; nothing can be read any more. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  #countTo(offset: number): void {
    const { line, column } = counted(this.#text, this.#counted, offset, this.#line, this.#column);
    this.#line = line;
    this.#column = column;
    this.#counted = offset;
  }
}

function counted(text: string, from: number, to: number, line: number, column: number): Position {
  let start = from;
  let breaks = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) {
    breaks += 1;
    start = at + 1;
  }
  return { line: line + breaks, column: (breaks === 0 ? column : 1) + to - start };
}

/** The text of a file as it comes, without its byte order mark; UTF-8, or UTF-16 with a mark, as in bytes.ts. */
async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let rest = Buffer.alloc(0);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let line = 1;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    // The mark alone tells the encoding.
    if (decoder === undefined && bytes.length < 2) {
      rest = bytes;
      continue;
    }
    decoder ??= new TextDecoder(manifestEncoding(bytes));
    const end = decoder.encoding === 'utf-8' ? wholeCharacters(bytes) : bytes.length;
    const whole = bytes.subarray(0, end);
    rest = bytes.subarray(end);
    if (decoder.encoding === 'utf-8') {
      if (!isUtf8(whole)) throw notUtf8(line + lineOfFirstInvalidByte(whole) - 1);
      line += lineBreaks(whole);
    }
    yield decoder.decode(whole, { stream: true });
  }
  if (rest.length > 0 && !isUtf8(rest)) throw notUtf8(line);
  yield (decoder ?? new TextDecoder()).decode(rest);
}

/** Where the last character begins that goes on in the next chunk. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function lineBreaks(bytes: Uint8Array): number {
  let found = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) found += 1;
  return found;
}
