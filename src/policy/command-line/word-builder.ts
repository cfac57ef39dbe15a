import { markGlobs, unknownText } from './markers.ts';
import type { Shell } from './scope.ts';
import type { Words } from './words.ts';

/** Values shorter than this cost no more than the reference to them. */
const freeLength = 16;

/** Puts one word of a script together; an unquoted expansion may make it several, or none. */
export class WordBuilder {
  readonly #words: Words | undefined;
  readonly #shell: Shell;
  /** True once the word exists, be it empty as `""` is. */
  started = false;
  /** True where an unquoted pattern character is a pattern, and expansions are split. */
  readonly splits: boolean;
  #text = '';
  #origin = -1;

  /** With no words to add to, the parts stay one text, as in an assignment. */
  constructor(shell: Shell, words?: Words) {
    this.#shell = shell;
    this.#words = words;
    this.splits = words !== undefined;
  }

  /** The text so far of a word that is not split. */
  get text(): string {
    return this.#text;
  }

  /** Adds text that is literal or quoted. */
  add(text: string): void {
    this.started = true;
    this.#origin = this.#shell.origin;
    this.#text += text;
  }

  /** Adds the value of an expansion, which came from the argv word `origin`. */
  addValue(text: string, quoted: boolean, origin = this.#shell.origin): void {
    const affordable = text.length < freeLength || this.#shell.reading.affords(text.length, origin);
    const value = affordable ? text : unknownText;
    if (quoted || !this.splits) this.#append(value, origin);
    else this.#addSplit(value, origin);
  }

  /** Adds `$@`: each a word of its own. */
  addEach(values: Words, from: number, quoted: boolean): void {
    if (values.length > 1 && !this.#shell.reading.affordsWords(values.length - from, this.#shell.origin)) {
      this.addValue(unknownText, quoted);
      return;
    }
    for (let index = from; index < values.length; index += 1) {
      if (index > from) this.#next();
      this.addValue(values.text(index), quoted, values.origin(index));
    }
  }

  /** Adds the value of a variable as one piece. */
  addVariable(name: string): void {
    this.#append(this.#shell.value(name) ?? '', this.#shell.origin);
  }

  /** Adds the elements of an array: each a word of its own. */
  addTexts(values: readonly string[], quoted: boolean): void {
    if (!this.#shell.reading.affordsWords(values.length, this.#shell.origin)) return;
    values.forEach((value, index) => {
      if (index > 0) this.#next();
      this.addValue(value, quoted);
    });
  }

  /** Ends the word. */
  finish(): void {
    if (!this.started) return;
    this.#words?.add(this.#text, this.#origin < 0 ? this.#shell.origin : this.#origin);
    this.started = false;
    this.#text = '';
    this.#origin = -1;
  }

  /** Where the text is one, a blank stands between what would be words. */
  #next(): void {
    if (this.splits) this.finish();
    else this.#text += ' ';
  }

  #append(value: string, origin: number): void {
    if (this.#origin < 0) this.#origin = origin;
    else if (this.#origin !== origin) this.#origin = this.#shell.origin;
    this.started = true;
    this.#text += value;
  }

  #addSplit(value: string, origin: number): void {
    const separators = this.#shell.value('IFS') ?? ' \t\n';
    let from = 0;
    for (let at = 0; at < value.length; at += 1) {
      if (!separators.includes(value.charAt(at))) continue;
      if (at > from) this.#append(markGlobs(value.slice(from, at)), origin);
      this.finish();
      from = at + 1;
    }
    if (from < value.length) this.#append(markGlobs(from === 0 ? value : value.slice(from)), origin);
  }
}
