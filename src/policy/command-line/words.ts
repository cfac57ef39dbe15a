/** Text whose content is in sight; undefined for what only the running program knows. */
export type Text = string | undefined;

/**
 * The words of one command, and for each the index of the argv word that it came from. A list that was cleared keeps its
 * room: most scripts need one list for all their commands.
 */
export class Words {
  #texts: string[];
  #length: number;
  /** Origin of every word, until one comes that differs; -1 where each word is its own origin. */
  #origin: number;
  #origins: number[] | undefined;

  constructor(texts: string[] = [], origin = 0) {
    this.#texts = texts;
    this.#length = texts.length;
    this.#origin = origin;
  }

  get length(): number {
    return this.#length;
  }

  add(text: string, origin: number): void {
    const length = this.#length;
    if (length === 0) {
      this.#origin = origin;
      this.#origins = undefined;
    } else if (this.#origins === undefined && origin !== this.#origin) {
      this.#origins = new Array<number>(length).fill(this.#origin);
    }
    if (this.#origins !== undefined) this.#origins[length] = origin;
    this.#texts[length] = text;
    this.#length = length + 1;
  }

  /** The word at this index; '' past the end. */
  text(index: number): string {
    return index < this.#length ? (this.#texts[index] ?? '') : '';
  }

  origin(index: number): number {
    if (this.#origins === undefined) return this.#origin < 0 ? index : this.#origin;
    return this.#origins[index] ?? this.#origins.at(-1) ?? 0;
  }

  addFrom(other: Words, from: number, end: number): void {
    for (let index = from; index < end; index += 1) this.add(other.text(index), other.origin(index));
  }

  slice(from = 0, end = this.#length): string[] {
    return this.#texts.slice(from, Math.min(end, this.#length));
  }

  replace(index: number, text: string): void {
    this.#texts[index] = text;
  }

  /** The words from this index on, joined by blanks as `eval` and `watch` do, or by what else stands between them. */
  joined(from: number, end: number, separator = ' '): string {
    return from + 1 === end ? this.text(from) : this.slice(from, end).join(separator);
  }

  /** Takes the words from this index on away. */
  shorten(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** Empties the list. */
  clear(): void {
    this.shorten(0);
  }
}

/** The words of an argv: each is its own origin. */
export function argvWords(argv: string[]): Words {
  return new Words(argv, -1);
}

/** A list of one word. */
export function oneWord(text: string, origin: number): Words {
  return new Words([text], origin);
}
