/* Builtins that change variables and parameters. */
import { endOfName, integerOf } from './characters.ts';
import { indexOfMarker, unknownText } from './markers.ts';
import { Options, optionShape } from './options.ts';
import { formatted } from './printf.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { inCase, maxWays } from './scope.ts';
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
    if (exportsAll(word, words.text(from + 1)) && run.script !== undefined) run.script.shell.scope.exportsAll = true;
    from += word.endsWith('o') ? 2 : 1;
  }
  if (!replaces && from >= end) return stopped;
  const parameters = new Words();
  parameters.addFrom(words, from, end);
  changePositionals(run, () => [parameters]);
  return stopped;
};

/** Whether options of a shell have it export every variable. */
function exportsAll(cluster: string, value: string): boolean {
  if (!cluster.startsWith('-') || cluster.startsWith('--')) return false;
  return cluster.includes('a') || (cluster.endsWith('o') && value === 'allexport');
}

export const readShift: ProgramReader = (run, words, at, end) => {
  const count = at < end ? integerOf(words.text(at)) : 1;
  if (count === undefined || count < 0) return stopped;
  const shifted = (before: Words, by: number): Words => {
    const after = new Words();
    after.addFrom(before, by, before.length);
    return after;
  };
  // A loop comes by again and again.
  const rounds = run.script?.inLoop === true && count > 0 ? maxWays : 1;
  changePositionals(run, (before) =>
    Array.from({ length: Math.min(rounds, Math.max(1, before.length)) }, (_, round) =>
      shifted(before, count * (round + 1)),
    ),
  );
  return stopped;
};

/** Where the change is not certain, `$@` may be as it was or as it would become. */
function changePositionals(run: Run, change: (before: Words) => readonly Words[]): void {
  const scope = run.script?.shell.scope;
  const before = scope?.positionals;
  if (scope === undefined || before === undefined) return;
  const size = before.reduce((sum, words) => sum + words.length, 0) * (run.script?.inLoop === true ? maxWays : 1);
  if (!run.reading.affordsWords(size, run.script?.shell.origin ?? 0)) return;
  const after = before.flatMap(change);
  const certain = run.script?.isCertain() === true;
  scope.changes += 1;
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
  if (letters.includes('l') || letters.includes('u')) {
    scope.set(name, inCase(variable ?? { values: [''], exported }, letters.includes('l') ? 'small' : 'capital'));
  }
  if (letters.includes('r') && variable !== undefined) scope.set(name, { ...variable, fixed: true });
}

/** What stands behind `return` may not be done to the shell of the function. */
export const readReturn: ProgramReader = (run) => {
  const scope = run.script?.shell.scope;
  if (scope !== undefined) scope.returned ??= scope.mark();
  run.output = '';
  return stopped;
};

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
  const name = words.text(at + 1);
  const bracket = name.indexOf('[');
  if (bracket > 0) script?.either(() => script.shell.scope.assignArray(name.slice(0, bracket), [value]));
  else if (script !== undefined) script.shell.scope.assign(name, value, !script.isCertain());
  return stopped;
};
