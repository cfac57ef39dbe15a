/* Builtins that change variables and parameters. */
import { endOfName, integerOf } from './characters.ts';
import { indexOfMarker, unknownText } from './markers.ts';
import { Options, optionShape } from './options.ts';
import { maxWays } from './outcomes.ts';
import { formatted } from './printf.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import type { Scope } from './scope.ts';
import type { Script } from './script.ts';
import { Words } from './words.ts';

const noOptions = optionShape('');

/** `set -- WORDS` gives the shell other parameters. */
export const readSet: ProgramReader = (run, words, at, end) => {
  let from = at;
  let replaces = false;
  while (from < end) {
    const word = words.text(from);
    if (word === '--') {
      replaces = true;
      from += 1;
      break;
    }
    if (word.length < 2 || (!word.startsWith('-') && !word.startsWith('+'))) break;
    from += word.endsWith('o') ? 2 : 1;
  }
  if (!replaces && from >= end) return stopped;
  const parameters = new Words();
  parameters.addFrom(words, from, end);
  changePositionals(run, () => parameters);
  return stopped;
};

export const readShift: ProgramReader = (run, words, at, end) => {
  const count = at < end ? integerOf(words.text(at)) : 1;
  if (count === undefined || count < 0) return stopped;
  changePositionals(run, (before) => {
    const after = new Words();
    after.addFrom(before, count, before.length);
    return after;
  });
  return stopped;
};

/** Where the change is not certain, `$@` may be as it was or as it would become. */
function changePositionals(run: Run, change: (before: Words) => Words): void {
  const scope = run.script?.shell.scope;
  const before = scope?.positionals;
  if (scope === undefined || before === undefined) return;
  const size = before.reduce((sum, words) => sum + words.length, 0);
  if (!run.reading.affordsWords(size, run.script?.shell.origin ?? 0)) return;
  const after = before.map(change);
  const certain = run.script?.isCertain() === true;
  scope.positionals = (certain ? after : [...before, ...after]).slice(0, maxWays);
}

export const readUnset: ProgramReader = (run, words, at, end) => {
  const scope = run.script?.shell.scope;
  const options = new Options(words, at, end, noOptions);
  let functions = false;
  while (options.next()) functions ||= options.name === 'f';
  for (let index = options.at; index < end && scope !== undefined; index += 1) {
    const name = words.text(index);
    if (functions) scope.functions?.delete(name);
    else run.script?.perhaps(() => scope.set(name, undefined));
  }
  return stopped;
};

/** `export`, `readonly`, `declare`, `typeset` and `local` assign, and may export. */
export function declaration({ exports = false, fixes = false, isLocal = false }): ProgramReader {
  return (run, words, at, end) => {
    const options = new Options(words, at, end, noOptions);
    let letters = `${exports ? 'x' : ''}${fixes ? 'r' : ''}`;
    while (options.next()) letters += options.name;
    for (let index = options.at; index < end && run.script !== undefined; index += 1) {
      const word = words.text(index);
      const equals = word.indexOf('=');
      const name = equals < 0 ? word : word.slice(0, equals);
      if (endOfName(name, 0) !== name.length) {
        // Which one it is, a call may tell.
        if (indexOfMarker(name) >= 0) run.reading.expandedNames += 1;
        continue;
      }
      const { scope } = run.script.shell;
      if (isLocal && !letters.includes('g')) scope.locals?.push(scope.saved(name));
      declare(run.script, name, equals < 0 ? undefined : word.slice(equals + 1), letters);
    }
    return stopped;
  };
}

/** Gives a variable its value and what the letters ask for: `x` exports, `r` fixes, `n` refers to another. */
function declare(script: Script, name: string, text: string | undefined, letters: string): void {
  const { scope } = script.shell;
  const conditional = !script.isCertain();
  const exported = letters.includes('x');
  if (letters.includes('n')) {
    // Each may now be set through the other.
    for (const either of [name, text ?? '']) scope.assign(either, unknownText, true);
  } else if (text !== undefined) scope.assign(name, text, conditional, exported);
  else if (exported) scope.export(name);
  const variable = scope.find(name);
  if (letters.includes('r') && variable !== undefined) scope.set(name, { ...variable, fixed: true });
}

/** What stands behind `return` may not be done to the shell of the function. */
export const readReturn: ProgramReader = (run) => {
  const scope = run.script?.shell.scope;
  if (scope !== undefined) scope.returned ??= scope.mark();
  run.output = '';
  return stopped;
};

/** `read` takes its variables from a line of the input: a loop around it takes every line. */
export const readRead: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, optionShape('dnNptuia'));
  let array = '';
  while (options.next()) if (options.name === 'a') array = options.value ?? '';
  const names = [...words.slice(options.at, end), ...(array === '' ? [] : [array])];
  run.script?.perhaps(() => readLines(run, names, array !== ''));
  return stopped;
};

function readLines(run: Run, names: readonly string[], isArray: boolean): void {
  const scope = run.script?.shell.scope;
  if (scope === undefined) return;
  const lines = run.input?.split('\n', 64).filter((line) => line !== '');
  const [only = 'REPLY'] = names;
  if (lines !== undefined && lines.length > 0 && names.length <= 1 && !isArray) {
    scope.assignEach(
      only,
      lines.map((line) => line.trim()),
    );
  } else if (lines !== undefined && !isArray) {
    readFields(scope, names, lines, run.environment?.get('IFS')?.at(-1) ?? scope.find('IFS')?.values.at(-1) ?? ' \t');
  } else for (const name of names.length === 0 ? [only] : names) scope.assignEach(name, [unknownText]);
}

function readFields(scope: Scope, names: readonly string[], lines: readonly string[], separators: string): void {
  const separating = new Set(separators);
  // Once for all names: a command line may have as many of them as its input has fields.
  const read = lines.map((line) => fieldsOf(line, separating));
  names.forEach((name, index) => {
    const isLast = index === names.length - 1;
    const values = read.map((fields) =>
      isLast ? fields.slice(index).join(separators.charAt(0)) : (fields[index] ?? ''),
    );
    scope.assignEach(name, values);
  });
}

function fieldsOf(line: string, separating: ReadonlySet<string>): string[] {
  const fields = [''];
  for (const character of line) {
    if (!separating.has(character)) fields.push((fields.pop() ?? '') + character);
    else if (fields.at(-1) !== '') fields.push('');
  }
  return fields.filter((field) => field !== '');
}

/** `printf -v NAME` assigns what it would print. */
export const readPrintf: ProgramReader = (run, words, at, end) => {
  const { script } = run;
  const names = words.text(at) === '-v' ? 2 : 0;
  const from = words.text(at + names) === '--' ? at + names + 1 : at + names;
  if (names === 0) {
    if (run.captures) run.output = formatted(run.reading, words, from, end);
    return stopped;
  }
  const value = formatted(run.reading, words, from, end) ?? unknownText;
  if (script !== undefined) script.shell.scope.assign(words.text(at + 1), value, !script.isCertain());
  return stopped;
};

/** Gives variables values from out of sight: `getopts SPEC NAME`, `mapfile NAME`. */
export const readElsewhere: ProgramReader = (run, words, at, end) => {
  const { script } = run;
  const name = words.text(end - 1);
  if (end > at && endOfName(name, 0) === name.length) {
    script?.perhaps(() => script.shell.scope.assignEach(name, [unknownText]));
  }
  return stopped;
};
