/* Builtins that give variables what they read. */
import { endOfName, integerOf } from './characters.ts';
import { unknownText } from './markers.ts';
import { Options, optionShape } from './options.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import type { Scope } from './scope.ts';
import { blankSeparator, defaultSeparators, noSeparator, Separators } from './separators.ts';

/** More lines of input than this are not told apart. */
const maxLines = 64;

const readShape = optionShape('dnNptuia');

/** `read` takes its variables from a line of the input: a loop around it takes every line. */
export const readRead: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, readShape);
  const given = new Map<string, string>();
  while (options.next()) given.set(options.name, options.value ?? '');
  const names = words.slice(options.at, end);
  run.script?.perhaps(() => {
    readLines(run, names, given);
  });
  return stopped;
};

function readLines(run: Run, names: readonly string[], given: ReadonlyMap<string, string>): void {
  const scope = run.script?.shell.scope;
  if (scope === undefined) return;
  const array = given.get('a');
  if (run.input === undefined || given.has('u')) {
    if (array !== undefined) scope.assignArray(array, [unknownText]);
    for (const name of names.length === 0 && array === undefined ? ['REPLY'] : names)
      scope.assignEach(name, [unknownText]);
    return;
  }
  const ifs = run.environment?.get('IFS')?.at(-1) ?? scope.find('IFS')?.values.at(-1) ?? defaultSeparators;
  const separators = new Separators(ifs);
  const lines = linesOf(run.input, given).map((line) =>
    given.has('r') ? line : line.replaceAll(/\\(?<kept>.)/gs, '$<kept>'),
  );
  if (array !== undefined) scope.assignArray(array, ...lines.map((line) => fieldsOf(line, separators, Infinity)));
  else if (names.length === 0) scope.assignEach('REPLY', lines);
  else readFields(scope, names, lines, separators);
}

/** The pieces of the input that one `read` after the other takes. */
function linesOf(input: string, given: ReadonlyMap<string, string>): readonly string[] {
  const count = integerOf(given.get('n') ?? given.get('N') ?? '');
  const delimiter = given.get('d')?.charAt(0) ?? (given.has('d') ? '\0' : '\n');
  const lines = input.split(delimiter === '' ? '\0' : delimiter, maxLines).filter((line) => line !== '');
  return count === undefined ? lines : lines.map((line) => line.slice(0, count));
}

function readFields(scope: Scope, names: readonly string[], lines: readonly string[], separators: Separators): void {
  // Once for all names: a command line may have as many of them as its input has fields.
  const read = lines.map((line) => fieldsOf(line, separators, names.length));
  names.forEach((name, index) => {
    scope.assignEach(
      name,
      read.map((fields) => fields[index] ?? ''),
    );
  });
}

/** The fields of a line, the last of so many with all that follows it. */
function fieldsOf(line: string, separators: Separators, most: number): string[] {
  const fields: string[] = [];
  let at = afterBlanks(line, 0, separators);
  while (at < line.length && fields.length < most - 1) {
    let end = at;
    while (end < line.length && separators.kindOf(line.charCodeAt(end)) === noSeparator) end += 1;
    fields.push(line.slice(at, end));
    at = afterBlanks(line, end, separators);
    // One other separator with the blanks around it is one.
    if (at < line.length && separators.kindOf(line.charCodeAt(at)) !== noSeparator) {
      at = afterBlanks(line, at + 1, separators);
    }
  }
  if (at < line.length) fields.push(rest(line, at, separators));
  return fields;
}

function afterBlanks(line: string, from: number, separators: Separators): number {
  let at = from;
  while (at < line.length && separators.kindOf(line.charCodeAt(at)) === blankSeparator) at += 1;
  return at;
}

/** What is left for the last variable: without the blanks at its end, or the one separator that ends its only field. */
function rest(line: string, from: number, separators: Separators): string {
  let end = line.length;
  while (end > from && separators.kindOf(line.charCodeAt(end - 1)) === blankSeparator) end -= 1;
  let first = from;
  while (first < end && separators.kindOf(line.charCodeAt(first)) === noSeparator) first += 1;
  return line.slice(from, first === end - 1 ? first : end);
}

/** `mapfile NAME` makes an array of the lines of the input. */
export const readMapfile: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, optionShape('dnOsuCc'));
  let isPlain = true;
  while (options.next()) isPlain &&= options.name === 't';
  const name = options.at < end ? words.text(options.at) : 'MAPFILE';
  const { input, script } = run;
  const lines = isPlain && input !== undefined ? input.split('\n', maxLines) : undefined;
  if (lines?.at(-1) === '') lines.pop();
  script?.perhaps(() => {
    script.shell.scope.assignArray(name, lines ?? [unknownText]);
  });
  return stopped;
};

/** `getopts SPEC NAME` gives variables values from out of sight. */
export const readGetopts: ProgramReader = (run, words, at, end) => {
  const { script } = run;
  const name = words.text(end - 1);
  if (end > at && endOfName(name, 0) === name.length) {
    script?.perhaps(() => {
      script.shell.scope.assignEach(name, [unknownText]);
    });
  }
  return stopped;
};
