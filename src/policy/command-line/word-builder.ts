import { markGlobs, unknownText } from './markers.ts';
import { blankSeparator, defaultSeparators, noSeparator, type Separators } from './separators.ts';
import type { Shell } from './shell.ts';
import type { Words } from './words.ts';

/** Values shorter than this cost no more than the reference to them. */
const freeLength = 16;

/** What a word was like when it was marked. */
interface WordState {
  readonly words: number;
  readonly text: string;
  readonly started: boolean;
  readonly origin: number;
  readonly behindBlank: boolean;
}

/** Puts one word of a script together; an unquoted expansion may make it several, or none. */
export class WordBuilder {
  readonly #words: Words | undefined;
  readonly #shell: Shell;
  /** True once the word exists, be it empty as `""` is. */
  started = false;
  /** True where an unquoted pattern character is a pattern, and expansions are split. */
  readonly splits: boolean;
  /** True for the body of a here-document. */
  readonly isDocument: boolean;
  #text = '';
  #origin = -1;
  /** True where the last word ended at a blank, of which another separator right behind it is a part. */
  #behindBlank = false;

  /** With no words to add to, the parts stay one text, as in an assignment. */
  constructor(shell: Shell, words?: Words, isDocument = false) {
    this.#shell = shell;
    this.#words = words;
    this.splits = words !== undefined;
    this.isDocument = isDocument;
  }

  /** The text so far of a word that is not split. */
  get text(): string {
    return this.#text;
  }

  /** Adds text that is literal or quoted. */
  add(text: string): void {
    this.started = true;
    this.#behindBlank = false;
    this.#origin = this.#shell.origin;
    this.#text += text;
  }

  /** Adds what is written in the operand of an expansion, and so is taken apart as the value would be. */
  addLiteral(text: string, quoted: boolean): void {
    if (quoted || !this.splits) this.add(text);
    else this.#addSplit(text, this.#shell.origin);
  }

  /** Adds the value of an expansion, which came from the argv word `origin`. */
  addValue(text: string, quoted: boolean, origin = this.#shell.origin): void {
    const affordable = text.length < freeLength || this.#shell.reading.affords(text.length, origin);
    const value = affordable ? text : unknownText;
    if (quoted || !this.splits) this.#append(value, origin);
    else this.#addSplit(value, origin);
  }

  /** Adds each value as a word of its own. */
  addEach(values: Words, quoted: boolean): void {
    if (!this.#affordsEach(values)) {
      this.addValue(unknownText, quoted);
      return;
    }
    for (let index = 0; index < values.length; index += 1) {
      if (index > 0) this.finish();
      this.addValue(values.text(index), quoted, values.origin(index));
    }
  }

  /** Adds the values as one piece. */
  addJoined(values: Words, separator: string): void {
    if (values.length === 1) this.addValue(values.text(0), true, values.origin(0));
    else this.addValue(this.#affordsEach(values) ? values.joined(0, values.length, separator) : unknownText, true);
  }

  #affordsEach(values: Words): boolean {
    return values.length < 2 || this.#shell.reading.affordsWords(values.length, this.#shell.origin);
  }

  /** Adds the value of a variable as one piece. */
  addVariable(name: string): void {
    this.#append(this.#shell.value(name) ?? '', this.#shell.origin);
  }

  /** Marks the word as it is, to be come back to. */
  mark(): WordState {
    const words = this.#words?.length ?? 0;
    return { words, text: this.#text, started: this.started, origin: this.#origin, behindBlank: this.#behindBlank };
  }

  comeBack({ words, text, started, origin, behindBlank }: WordState): void {
    this.#words?.shorten(words);
    this.#text = text;
    this.started = started;
    this.#origin = origin;
    this.#behindBlank = behindBlank;
  }

  /** Ends the word. */
  finish(): void {
    if (!this.started) return;
    this.#words?.add(this.#text, this.#origin < 0 ? this.#shell.origin : this.#origin);
    this.started = false;
    this.#text = '';
    this.#origin = -1;
  }

  #append(value: string, origin: number): void {
    if (this.#origin < 0) this.#origin = origin;
    else if (this.#origin !== origin) this.#origin = this.#shell.origin;
    this.started = true;
    this.#behindBlank = false;
    this.#text += value;
  }

  #addSplit(value: string, origin: number): void {
    const separators = this.#shell.separators();
    if (!separators.areUnknown) {
      this.#addFields(value, origin, separators);
      return;
    }
    // They may be those of every shell, or take the text apart anywhere.
    const tried = this.#shell.choose([value, unknownText]) ?? value;
    this.#addFields(tried, origin, this.#shell.reading.separators(defaultSeparators));
  }

  #addFields(value: string, origin: number, separators: Separators): void {
    let from = 0;
    for (let at = 0; at < value.length; at += 1) {
      const kind = separators.kindOf(value.charCodeAt(at));
      if (kind === noSeparator) continue;
      if (at > from) this.#append(markGlobs(value.slice(from, at)), origin);
      this.#separate(kind === blankSeparator);
      from = at + 1;
    }
    if (from < value.length) this.#append(markGlobs(from === 0 ? value : value.slice(from)), origin);
  }

  /** Ends the field: an empty one is a word only where a separator that is no blank ends it. */
  #separate(isBlank: boolean): void {
    if (isBlank) {
      this.#behindBlank ||= this.started;
      this.finish();
    } else if (this.#behindBlank) this.#behindBlank = false;
    else {
      this.started = true;
      this.finish();
    }
  }
}
