/** Text whose content is in sight; undefined for what only the running program knows. */
export type Text = string | undefined;

/** The words of one command, and for each the index of the argv word that it came from. */
export class Words {
  readonly texts: string[] = [];
  /** Origin of every word, until one comes that differs. */
  #origin = 0;
  #origins: number[] | undefined;

  get length(): number {
    return this.texts.length;
  }

  add(text: string, origin: number): void {
    const { length } = this.texts;
    if (length === 0) this.#origin = origin;
    else if (this.#origins === undefined && origin !== this.#origin) {
      this.#origins = new Array<number>(length).fill(this.#origin);
    }
    this.#origins?.push(origin);
    this.texts.push(text);
  }

  /** The word at this index; '' past the end. */
  text(index: number): string {
    return this.texts[index] ?? '';
  }

  origin(index: number): number {
    if (this.#origins === undefined) return this.#origin;
    return this.#origins[index] ?? this.#origins.at(-1) ?? 0;
  }

  addFrom(other: Words, from: number, end: number): void {
    for (let index = from; index < end; index += 1) this.add(other.text(index), other.origin(index));
  }

  /** The words from this index on, joined by blanks as `eval` and `watch` do. */
  joined(from: number, end: number): string {
    return from + 1 === end ? this.text(from) : this.texts.slice(from, end).join(' ');
  }

  clear(): void {
    this.texts.length = 0;
    this.#origins = undefined;
  }
}

/** A new list that holds these words under one origin. */
export function wordsOf(texts: readonly string[], origin: number): Words {
  const words = new Words();
  for (const text of texts) words.add(text, origin);
  return words;
}
