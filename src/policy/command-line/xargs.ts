/* xargs: the words of its input in the place of its own. Sources: findutils xargs(1), busybox xargs. */
import { integerOf } from './characters.ts';
import { unescaped } from './escapes.ts';
import { unknownText } from './markers.ts';
import { readFilled } from './operand-runners.ts';
import { Options, optionShape } from './options.ts';
import { readPart } from './runners.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { Words } from './words.ts';

const shape = optionShape('adEILnPs', 'arg-file delimiter max-lines max-args max-procs max-chars process-slot-var');
/** More lines of input, or commands made of it, than this are not tried one by one. */
const maxCommands = 32;

/** `xargs COMMAND` with the words of its input behind it, or in the place of what `-I` names. */
export const readXargs: ProgramReader = (run, words, from, end) => {
  const options = new Options(words, from, end, shape);
  let placeholder = '';
  let delimiter: string | undefined;
  let input = run.input;
  let size = Infinity;
  while (options.next()) {
    const { name, value = '' } = options;
    if (name === 'I') placeholder = value;
    else if (name === 'i' || name === 'replace') placeholder = options.value ?? rest(options);
    else if (name === 'a' || name === 'arg-file') input = run.textAt(value);
    else if (name === '0' || name === 'null') delimiter = '\0';
    else if (name === 'd' || name === 'delimiter') delimiter = unescaped(value);
    else if (name === 'n' || name === 'max-args') size = integerOf(value) ?? Infinity;
  }
  const start = options.at;
  if (input !== undefined && !run.reading.affords(input.length, words.origin(from - 1))) return stopped;
  if (start >= end) {
    run.output = input === undefined ? undefined : `${itemsOf(input, delimiter).join(' ')}\n`;
    return stopped;
  }
  if (placeholder === '') {
    readBehind(run, words, start, end, size, input === undefined ? undefined : itemsOf(input, delimiter));
  } else {
    const lines = input?.split(delimiter ?? '\n', maxCommands).filter((line) => line.trim() !== '') ?? [unknownText];
    for (const line of lines) {
      readFilled(run, words, start, end, placeholder, delimiter === undefined ? unquoted(line.trim()) : line);
    }
  }
  return stopped;
};

/** What stands behind the letter in its word names the placeholder. */
function rest(options: Options): string {
  return options.rest === '' ? '{}' : options.rest;
}

/** Reads the command with the items behind its words, so many at a time. */
function readBehind(run: Run, words: Words, start: number, end: number, size: number, items = [unknownText]): void {
  const groups = Math.min(maxCommands, Math.max(1, Math.ceil(items.length / size)));
  for (let group = 0; group < groups; group += 1) {
    if (!run.reading.affordsWords(end - start, words.origin(start))) return;
    const all = new Words();
    all.addFrom(words, start, end);
    const part = groups === 1 ? items : items.slice(group * size, (group + 1) * size);
    for (const item of part) all.add(item, words.origin(start - 1));
    readPart(run, all, 0, all.length);
  }
}

/** The items of the input: between blanks and newlines, where quotes and backslashes protect, or between delimiters. */
function itemsOf(input: string, delimiter: string | undefined): string[] {
  if (delimiter !== undefined) return input.split(delimiter).filter((item) => item !== '');
  const items: string[] = [];
  let item = '';
  let started = false;
  let quote = '';
  for (let at = 0; at < input.length; at += 1) {
    const character = input.charAt(at);
    const isQuote = quote === '' ? character === '"' || character === "'" : character === quote;
    if (isQuote) quote = quote === '' ? character : '';
    else if (quote === '' && (character === ' ' || character === '\t' || character === '\n')) {
      if (started) items.push(item);
      item = '';
      started = false;
      continue;
    } else if (quote === '' && character === '\\') {
      at += 1;
      item += input.charAt(at);
    } else item += character;
    started = true;
  }
  if (started) items.push(item);
  return items;
}

/** A line without its quotes and backslashes; the blanks in it stay. */
function unquoted(line: string): string {
  return /["'\\]/.test(line) ? itemsOf(line, undefined).join(' ') : line;
}
