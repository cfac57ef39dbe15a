/*
 * What filters make of text that is in sight, in their simple uses; undefined for all others.
 * Sources: the manual pages of GNU coreutils and sed(1), POSIX awk.
 */
import { integerOf } from './characters.ts';
import { Options, optionShape } from './options.ts';
import type { Text, Words } from './words.ts';

/** Makes a filter's output of its input; `words` are those behind its name. */
type Filter = (input: string, words: Words) => Text;

function linesOf(input: string): string[] {
  return (input.endsWith('\n') ? input.slice(0, -1) : input).split('\n');
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

const sizeShape = optionShape('nc', 'lines bytes');

/** How much of its input `head` or `tail` gives. */
interface Size {
  readonly ofLines: boolean;
  readonly count: number;
  /** Whether it is written `+N`: from the N-th on, for `tail`. */
  readonly fromStart: boolean;
}

/** What `-n N`, `-c N` or `-N` say; undefined where a file is named, too, or the number is none to count with. */
function sizeOf(words: Words): Size | undefined {
  const first = words.text(0);
  if (words.length === 1 && integerOf(first) !== undefined) return size('n', first.slice(1));
  const options = new Options(words, 0, words.length, sizeShape);
  let unit = 'n';
  let count = '10';
  while (options.next()) {
    unit = options.name.startsWith('l') ? 'n' : options.name.charAt(0);
    count = options.value ?? '';
  }
  return options.at < words.length || !['n', 'c', 'b'].includes(unit) ? undefined : size(unit, count);
}

function size(unit: string, written: string): Size | undefined {
  const count = integerOf(written);
  if (count === undefined || count < 0) return undefined;
  return { ofLines: unit === 'n', count, fromStart: written.startsWith('+') };
}

const head: Filter = (input, words) => {
  const wanted = sizeOf(words);
  if (wanted === undefined) return undefined;
  return wanted.ofLines ? joined(linesOf(input).slice(0, wanted.count)) : input.slice(0, wanted.count);
};

const tail: Filter = (input, words) => {
  const wanted = sizeOf(words);
  if (wanted === undefined) return undefined;
  const { ofLines, count, fromStart } = wanted;
  const whole = ofLines ? linesOf(input) : Array.from(input);
  const part = whole.slice(Math.max(0, fromStart ? count - 1 : whole.length - count));
  return ofLines ? joined(part) : part.join('');
};

/** A filter without options and files, line by line. */
function plainly(filter: (lines: string[]) => readonly string[]): Filter {
  return (input, words) => (words.length === 0 ? joined(filter(linesOf(input))) : undefined);
}

const cutShape = optionShape('dfc', 'delimiter fields characters');

const cut: Filter = (input, words) => {
  const options = new Options(words, 0, words.length, cutShape);
  const given = new Map<string, string>();
  while (options.next()) given.set(options.name.charAt(0), options.value ?? '');
  const list = given.get('f') ?? given.get('c') ?? '';
  const [first = '', last] = list.split('-', 2);
  const from = integerOf(first || '1');
  const to = last === undefined ? from : integerOf(last || '999999');
  if (options.at < words.length || from === undefined || to === undefined || from < 1) return undefined;
  const delimiter = given.has('c') ? '' : (given.get('d') ?? '\t');
  const cutLine = (line: string): string => {
    const parts = line.split(delimiter);
    return given.has('f') && parts.length === 1 ? line : parts.slice(from - 1, to).join(delimiter);
  };
  return joined(linesOf(input).map(cutLine));
};

/** `sed s/TEXT/OTHER/` without patterns and with no flag but `g`. */
export const substituted: Filter = (input, words) => {
  const script = words.text(words.length - 1);
  const isPlain = words.length === 1 || (words.length === 2 && ['-e', '-E', '-r'].includes(words.text(0)));
  const [, search = '', replacement = '', flags] = script.split(script.charAt(1), 4);
  if (!isPlain || !script.startsWith('s') || script.length < 4 || (flags !== '' && flags !== 'g')) return undefined;
  const anchored = search.startsWith('^');
  const text = anchored ? search.slice(1) : search;
  if (text === '' || /[.*[\]$^\\+?(){}|]/.test(text) || /[&\\]/.test(replacement)) return undefined;
  const edit = (line: string): string => {
    if (anchored) return line.startsWith(text) ? replacement + line.slice(text.length) : line;
    return flags === 'g' ? line.replaceAll(text, () => replacement) : line.replace(text, () => replacement);
  };
  return joined(linesOf(input).map(edit));
};

/** Those that do nothing but give their output. */
export const textFilters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['head', head],
  ['tail', tail],
  ['cut', cut],
  ['sort', plainly((lines) => lines.sort())],
  ['tac', plainly((lines) => lines.reverse())],
  ['uniq', plainly((lines) => lines.filter((line, index) => line !== lines[index - 1]))],
]);
