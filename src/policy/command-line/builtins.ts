/*
 * The builtins of a shell that run a command, read a script, or change what the reader knows.
 * Sources: POSIX Shell Command Language 2.14 Special Built-In Utilities; bash manual, 4 Shell Builtin Commands.
 */
import { endOfName, integerOf } from './characters.ts';
import { Cursor } from './cursor.ts';
import { unknownText } from './markers.ts';
import { Options, optionShape } from './options.ts';
import { formatted } from './printf.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { type Scope, Shell } from './scope.ts';
import { readScript } from './script.ts';
import { isInputFile } from './shell-program.ts';
import { Words } from './words.ts';

const noOptions = optionShape('');
/** More ways than this that branches may leave `$@` in are not told apart. */
const maxPositionals = 8;

/** Reads text as a script of the same shell: what `eval` and `.` do. */
function readHere(run: Run, text: string, origin: number, parameters?: Words): void {
  const { script, reading } = run;
  if (script === undefined || !reading.affords(text.length, origin) || !reading.enter(origin)) return;
  const { scope } = script.shell;
  const { positionals } = scope;
  if (parameters !== undefined && parameters.length > 0) scope.positionals = [parameters];
  const saved = [...(run.environment ?? [])].map(([name, values]) => {
    const before = scope.saved(name);
    scope.set(name, { values, exported: true });
    return before;
  });
  run.output = readScript(new Shell(scope, origin), new Cursor(text), {
    closes: false,
    captures: run.captures,
    input: run.input,
  });
  for (const before of saved.reverse()) scope.restore(before);
  if (parameters !== undefined) scope.positionals = positionals;
  reading.leave();
}

const readEval: ProgramReader = (run, words, at, end) => {
  const from = words.text(at) === '--' ? at + 1 : at;
  if (from < end) readHere(run, words.joined(from, end), words.origin(from));
  return stopped;
};

const readSource: ProgramReader = (run, words, at, end) => {
  const from = words.text(at) === '--' ? at + 1 : at;
  const path = words.text(from);
  const text = isInputFile(path) ? run.input : run.reading.files.text(path);
  const parameters = new Words();
  parameters.addFrom(words, from + 1, end);
  if (text !== undefined) readHere(run, text, words.origin(from), parameters);
  return stopped;
};

/** The first operand of `trap` is code; `-` and a list of signals alone are not. */
const readTrap: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, noOptions);
  while (options.next()) return stopped;
  const code = words.text(options.at);
  if (options.at + 1 < end && code !== '-') readHere(run, code, words.origin(options.at));
  return stopped;
};

/** `exec`, with bash's `-a NAME`. */
const readExec: ProgramReader = (_run, words, at, end) => {
  const options = new Options(words, at, end, optionShape('a'));
  while (options.next());
  return options.at;
};

/** `command NAME` runs it; `command -v NAME` only tells where it is. */
const readCommandBuiltin: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, noOptions);
  let asks = false;
  while (options.next()) asks ||= options.name === 'v' || options.name === 'V';
  if (!asks) return options.at;
  run.output = options.at < end ? `${words.text(options.at)}\n` : '';
  return stopped;
};

const readAliasBuiltin: ProgramReader = (run, words, at, end) => {
  const scope = run.script?.shell.scope;
  for (let index = at; index < end && scope !== undefined; index += 1) {
    const word = words.text(index);
    const equals = word.indexOf('=');
    if (equals <= 0) continue;
    scope.aliases ??= new Map();
    scope.aliases.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return stopped;
};

/** bash's `hash -p PATH NAME` makes a name run another program. */
const readHash: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, optionShape('p'));
  let path = '';
  while (options.next()) if (options.name === 'p') path = options.value ?? '';
  const scope = run.script?.shell.scope;
  if (path === '' || scope === undefined) return stopped;
  scope.aliases ??= new Map();
  scope.aliases.set(words.text(options.at), path);
  return stopped;
};

/** `set -- WORDS` gives the shell other parameters. */
const readSet: ProgramReader = (run, words, at, end) => {
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

const readShift: ProgramReader = (run, words, at, end) => {
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
  scope.positionals = (certain ? after : [...before, ...after]).slice(0, maxPositionals);
}

const readUnset: ProgramReader = (run, words, at, end) => {
  const scope = run.script?.shell.scope;
  const options = new Options(words, at, end, noOptions);
  let functions = false;
  while (options.next()) functions ||= options.name === 'f';
  for (let index = options.at; index < end && scope !== undefined; index += 1) {
    const name = words.text(index);
    if (functions) scope.functions?.delete(name);
    else if (run.script?.isCertain() === true) scope.set(name, undefined);
    else scope.assign(name, '', true);
  }
  return stopped;
};

/** `export`, `readonly`, `declare`, `typeset` and `local` assign, and may export. */
function declaration(exports: boolean): ProgramReader {
  return (run, words, at, end) => {
    const { script } = run;
    const options = new Options(words, at, end, noOptions);
    let exported = exports;
    while (options.next()) exported ||= options.name === 'x';
    for (let index = options.at; index < end && script !== undefined; index += 1) {
      const word = words.text(index);
      const equals = word.indexOf('=');
      const name = equals < 0 ? word : word.slice(0, equals);
      if (endOfName(name, 0) !== name.length) continue;
      const { scope } = script.shell;
      if (equals > 0) scope.assign(name, word.slice(equals + 1), !script.isCertain(), exported);
      else if (exported) scope.export(name);
    }
    return stopped;
  };
}

/** `read` takes its variables from a line of the input: a loop around it takes every line. */
const readRead: ProgramReader = (run, words, at, end) => {
  const scope = run.script?.shell.scope;
  const options = new Options(words, at, end, optionShape('dnNptuia'));
  let array = '';
  while (options.next()) if (options.name === 'a') array = options.value ?? '';
  if (scope === undefined) return stopped;
  const names = [...words.slice(options.at, end), ...(array === '' ? [] : [array])];
  const lines = run.input?.split('\n', 64).filter((line) => line !== '');
  const [only = 'REPLY'] = names;
  if (lines !== undefined && lines.length > 0 && names.length <= 1 && array === '') {
    scope.assignEach(
      only,
      lines.map((line) => line.trim()),
    );
  } else if (lines !== undefined && array === '') readFields(scope, names, lines);
  else for (const name of names.length === 0 ? [only] : names) scope.assignEach(name, [unknownText]);
  return stopped;
};

function readFields(scope: Scope, names: readonly string[], lines: readonly string[]): void {
  names.forEach((name, index) => {
    const isLast = index === names.length - 1;
    const values = lines.map((line) => {
      const fields = line.split(/[ \t]/).filter((field) => field !== '');
      return isLast ? fields.slice(index).join(' ') : (fields[index] ?? '');
    });
    scope.assignEach(name, values);
  });
}

/** `printf -v NAME` assigns what it would print. */
const readPrintf: ProgramReader = (run, words, at, end) => {
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
const readElsewhere: ProgramReader = (run, words, at, end) => {
  const scope = run.script?.shell.scope;
  const name = words.text(end - 1);
  if (end > at && endOfName(name, 0) === name.length) scope?.assignEach(name, [unknownText]);
  return stopped;
};

/** Builtins that run nothing and write nothing. */
const quiet: ProgramReader = (run) => {
  run.output = '';
  return stopped;
};

const skipNothing: ProgramReader = (_run, _words, at) => at;

export const builtins: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ['eval', readEval],
  ['.', readSource],
  ['source', readSource],
  ['trap', readTrap],
  ['exec', readExec],
  ['command', readCommandBuiltin],
  ['builtin', skipNothing],
  ['alias', readAliasBuiltin],
  ['hash', readHash],
  ['set', readSet],
  ['shift', readShift],
  ['unset', readUnset],
  ['export', declaration(true)],
  ['readonly', declaration(false)],
  ['declare', declaration(false)],
  ['typeset', declaration(false)],
  ['local', declaration(false)],
  ['read', readRead],
  ['printf', readPrintf],
  ['getopts', readElsewhere],
  ['mapfile', readElsewhere],
  ['readarray', readElsewhere],
  ...[
    'cd',
    'umask',
    'ulimit',
    'shopt',
    'let',
    'wait',
    'kill',
    'exit',
    'return',
    'break',
    'continue',
    'unalias',
    ':',
  ].map((name): [string, ProgramReader] => [name, quiet]),
]);
