import type { Words } from './words.ts';

/** The options of a program that take a value: letters, and names without their dashes. */
export interface OptionShape {
  readonly short: string;
  readonly long: readonly string[];
  /** Names without a value that begin like one with a value. */
  readonly flags?: readonly string[];
}

/**
 * Reads options as getopt does up to the first operand: `-abc`, `-n5`, `-n 5`, `--name=value`, `--name value`, `--`. An
 * abbreviation of a name that takes a value counts as that name.
 */
export class Options {
  /** Index of the next word; after `next` returned false, of the first operand. */
  at: number;
  /** Letter or name of the option. */
  name = '';
  /** Its value, and the index of the word that holds it. */
  value: string | undefined;
  valueAt = 0;
  /** Whether `--` ended the options. */
  dashes = false;
  readonly #words: Words;
  readonly #end: number;
  readonly #shape: OptionShape;
  #letter = 0;

  constructor(words: Words, at: number, end: number, shape: OptionShape) {
    this.#words = words;
    this.at = at;
    this.#end = end;
    this.#shape = shape;
  }

  /** What stands behind the letter in its word. */
  get rest(): string {
    return this.#letter === 0 ? '' : this.#words.text(this.at).slice(this.#letter);
  }

  next(): boolean {
    this.value = undefined;
    if (this.at >= this.#end) return false;
    const word = this.#words.text(this.at);
    if (this.#letter > 0) return this.#nextLetter(word);
    if (word.length < 2 || word.charCodeAt(0) !== 0x2d) return false;
    if (word.charCodeAt(1) !== 0x2d) {
      this.#letter = 1;
      return this.#nextLetter(word);
    }
    this.at += 1;
    if (word.length === 2) {
      this.dashes = true;
      return false;
    }
    return this.#longOption(word);
  }

  #nextLetter(word: string): boolean {
    this.name = word.charAt(this.#letter);
    this.#letter += 1;
    const takesValue = this.#shape.short.includes(this.name);
    if (!takesValue && this.#letter < word.length) return true;
    if (takesValue && this.#letter < word.length) {
      this.value = word.slice(this.#letter);
      this.valueAt = this.at;
    }
    this.#letter = 0;
    this.at += 1;
    if (takesValue && this.value === undefined) this.#takeNext();
    return true;
  }

  #longOption(word: string): boolean {
    const equals = word.indexOf('=');
    const given = word.slice(2, equals < 0 ? undefined : equals);
    const known = this.#knownAs(given);
    this.name = known ?? given;
    if (equals >= 0) {
      this.value = word.slice(equals + 1);
      this.valueAt = this.at - 1;
    } else if (known !== undefined) this.#takeNext();
    return true;
  }

  /** The name that takes a value and that this one is or abbreviates. */
  #knownAs(given: string): string | undefined {
    const { long, flags } = this.#shape;
    if (long.includes(given)) return given;
    if (given.length < 3 || flags?.includes(given) === true) return undefined;
    return long.find((name) => name.startsWith(given));
  }

  #takeNext(): void {
    if (this.at >= this.#end) return;
    this.value = this.#words.text(this.at);
    this.valueAt = this.at;
    this.at += 1;
  }
}

export function optionShape(short: string, long = '', flags: readonly string[] = []): OptionShape {
  return { short, long: long === '' ? [] : long.split(' '), flags };
}

/** Index of the first operand. */
export function afterOptions(words: Words, at: number, end: number, shape: OptionShape): number {
  const options = new Options(words, at, end, shape);
  while (options.next());
  return options.at;
}
