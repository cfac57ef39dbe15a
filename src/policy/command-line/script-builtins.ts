/* Builtins that run a command or read a script. */
import { Cursor } from './cursor.ts';
import { Options, optionShape } from './options.ts';
import { joinReturned } from './outcomes.ts';
import { type ProgramReader, type Run, stopped } from './run.ts';
import { Shell } from './shell.ts';
import { readScript } from './script.ts';
import { isInputFile } from './shell-program.ts';
import { Words } from './words.ts';

const noOptions = optionShape('');

/** Reads text as a script of the same shell: what `eval` and `.` do. */
function readHere(run: Run, text: string, origin: number, input = run.input, parameters?: Words): void {
  const { script, reading } = run;
  if (script === undefined || !reading.affords(text.length, origin) || !reading.enter(origin)) return;
  const { scope } = script.shell;
  const { positionals } = scope;
  if (parameters !== undefined && parameters.length > 0) scope.positionals = [parameters];
  const replaced = scope.setEach(run.environment);
  script.perhaps(() => {
    run.output = readScript(new Shell(scope, origin), new Cursor(text), {
      closes: false,
      captures: run.captures,
      input,
    });
  });
  for (const saved of replaced) {
    // Before `eval` and `.`, POSIX has a variable stay, as the script left it.
    const left = scope.find(saved.name);
    scope.restore(saved);
    script.either(() => {
      scope.set(saved.name, left);
    });
  }
  if (parameters !== undefined) scope.positionals = positionals;
  reading.leave();
}

export const readEval: ProgramReader = (run, words, at, end) => {
  const from = words.text(at) === '--' ? at + 1 : at;
  if (from < end) readHere(run, words.joined(from, end), words.origin(from));
  return stopped;
};

export const readSource: ProgramReader = (run, words, at, end) => {
  const from = words.text(at) === '--' ? at + 1 : at;
  const path = words.text(from);
  const text = isInputFile(path) ? run.input : run.textAt(path);
  const parameters = new Words();
  parameters.addFrom(words, from + 1, end);
  // What is read from the input is not there any more.
  const input = isInputFile(path) ? '' : run.input;
  const scope = run.script?.shell.scope;
  if (text === undefined || scope === undefined) return stopped;
  // A `return` in it ends it, and not the function around it.
  const { returned } = scope;
  scope.returned = undefined;
  readHere(run, text, words.origin(from), input, parameters);
  joinReturned(scope);
  scope.returned = returned;
  return stopped;
};

/** The first operand of `trap` is code; `-` and a list of signals alone are not. */
export const readTrap: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, noOptions);
  while (options.next()) return stopped;
  const code = words.text(options.at);
  // It runs later, or never.
  if (options.at + 1 >= end || code === '-' || run.script === undefined) return stopped;
  const { scope } = run.script.shell;
  run.script.either(() => {
    readHere(run, code, words.origin(options.at));
  });
  (scope.traps ??= []).push({ code, shell: new Shell(scope, words.origin(options.at)) });
  return stopped;
};

/** `exec`, with bash's `-a NAME`. */
export const readExec: ProgramReader = (_run, words, at, end) => {
  if (!words.text(at).startsWith('-')) return at;
  const options = new Options(words, at, end, optionShape('a'));
  while (options.next());
  return options.at;
};

/** `command NAME` runs it; `command -v NAME` only tells where it is. */
export const readCommandBuiltin: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, noOptions);
  let asks = false;
  while (options.next()) asks ||= options.name === 'v' || options.name === 'V';
  if (!asks) return options.at;
  run.output = options.at < end ? `${words.text(options.at)}\n` : '';
  return stopped;
};

export const readAliasBuiltin: ProgramReader = (run, words, at, end) => {
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
export const readHash: ProgramReader = (run, words, at, end) => {
  const options = new Options(words, at, end, optionShape('p'));
  let path = '';
  while (options.next()) if (options.name === 'p') path = options.value ?? '';
  const scope = run.script?.shell.scope;
  if (path === '' || scope === undefined) return stopped;
  scope.aliases ??= new Map();
  scope.aliases.set(words.text(options.at), path);
  return stopped;
};
