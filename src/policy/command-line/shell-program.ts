import { Cursor } from './cursor.ts';
import { readPrompt } from './parameters.ts';
import { plainDescriptor, standardInput } from './paths.ts';
import { programName } from './program-names.ts';
import { startFileVariables } from './reading.ts';
import { type Run, stopped } from './run.ts';
import { Scope } from './scope.ts';
import { Shell } from './shell.ts';
import { readScript, readTraps } from './script.ts';
import { oneWord, type Text, Words } from './words.ts';

/** Shared by every shell without arguments. */
const noWords = new Words();

/** What the arguments of a shell say. */
interface Invocation {
  /** Index of the first operand. */
  readonly at: number;
  /** Whether the first operand is the script (`-c`), or the script comes on the input (`-s`). */
  readonly hasScript: boolean;
  readonly readsInput: boolean;
  /** Index of the file that an interactive shell begins with; -1 where none is named. */
  readonly startFileAt: number;
}

/** Options that take a word of their own. Source: bash(1). */
const longWithValue = ['--rcfile', '--init-file'];

/** Reads a shell's options as sh, dash and bash do: in any cluster, `-o` and `-O` with the next word as their value. */
function invocationOf(words: Words, from: number, end: number): Invocation {
  let at = from;
  let hasScript = false;
  let readsInput = false;
  let startFileAt = -1;
  while (at < end) {
    const word = words.text(at);
    const sign = word.charCodeAt(0);
    if (word === '-' || word === '--') {
      at += 1;
      break;
    }
    if (word.length < 2 || (sign !== 0x2d && sign !== 0x2b)) break;
    at += 1;
    if (word.charCodeAt(1) === 0x2d) {
      if (longWithValue.includes(word)) {
        startFileAt = at;
        at += 1;
      }
      continue;
    }
    for (let letter = 1; letter < word.length; letter += 1) {
      const code = word.charCodeAt(letter);
      if (code === 0x63) hasScript = true;
      else if (code === 0x73) readsInput = true;
      else if (code === 0x6f || code === 0x4f) at += 1;
    }
  }
  return { at, hasScript, readsInput, startFileAt };
}

/** Reads a shell's arguments: the script behind `-c`, one that comes on its input, or a file that is in sight. */
export function readShell(run: Run, words: Words, from: number, end: number): number {
  const { at, hasScript, readsInput, startFileAt } = invocationOf(words, from, end);
  if (startFileAt >= 0) readFile(run, words, startFileAt, startFileAt + 1);
  if (hasScript) {
    if (at >= end) return stopped;
    const named = at + 1 < end ? at + 1 : from - 1;
    const program = oneWord(words.text(named), words.origin(named));
    readInShell(run, words.text(at), words.origin(at), program, parametersOf(run, words, at + 2, end), run.input);
    return stopped;
  }
  if (readsInput || at >= end) {
    readInput(run, words, from, parametersOf(run, words, at, end));
    return stopped;
  }
  const path = words.text(at);
  if (isInputFile(path)) readInput(run, words, from, parametersOf(run, words, at + 1, end));
  else readFile(run, words, at, end);
  return stopped;
}

function parametersOf(run: Run, words: Words, from: number, end: number): Words {
  if (from >= end || !run.reading.affordsWords(end - from, words.origin(from))) return noWords;
  const parameters = new Words();
  parameters.addFrom(words, from, end);
  return parameters;
}

/** Names of the input as a file; `-` is one to `cat`, not to a shell. */
export function isInputFile(path: string): boolean {
  return plainDescriptor(path) === standardInput;
}

function readInput(run: Run, words: Words, from: number, parameters: Words): void {
  const { script } = run;
  // An input that is the construct's own may still be another, by a redirection behind the construct.
  if (script !== undefined && (run.input === undefined || run.input === script.frame.input))
    script.shell.unfedShells += 1;
  if (run.input === undefined) return;
  const program = oneWord(words.text(from - 1), words.origin(from - 1));
  // What is left of the input behind the script is nothing.
  readInShell(run, run.input, words.origin(from - 1), program, parameters, '');
}

/** Reads a script in a shell of its own. */
export function readInShell(
  run: Run,
  script: string,
  origin: number,
  program: Words,
  parameters: Words,
  input: Text,
): void {
  const { reading } = run;
  if (!reading.affords(script.length, origin) || !reading.enter(origin)) return;
  const scope = new Scope(reading, run.script?.shell.scope, run.environment, run.cleared);
  scope.program = program;
  if (parameters.length > 0) scope.positionals = [parameters];
  readStartFiles(scope, origin);
  run.output = readScript(new Shell(scope, origin), new Cursor(script), {
    closes: false,
    captures: run.captures,
    input,
  });
  readTraps(scope, 0);
  reading.leave();
}

/** Reads the scripts that the environment has a shell begin with, as far as the command line wrote them: bash, and any `sh`. */
function readStartFiles(scope: Scope, origin: number): void {
  if (!scope.reading.hasStartFiles) return;
  for (const name of startFileVariables) {
    for (const path of scope.find(name)?.values ?? []) {
      readPrompt(new Shell(scope, origin), path);
      readStartFile(scope, path, origin);
    }
  }
}

function readStartFile(scope: Scope, path: string, origin: number): void {
  const { reading } = scope;
  const text = scope.textAt(path) ?? reading.files.text(programName(path));
  if (text === undefined || !reading.affords(text.length, origin) || !reading.enter(origin)) return;
  readScript(new Shell(scope, origin), new Cursor(text), { closes: false, captures: false, input: undefined });
  reading.leave();
}

/** Reads the command line that a program hands to `sh -c`. */
export function readShellText(run: Run, script: string, origin: number): void {
  readInShell(run, script, origin, oneWord('sh', origin), noWords, run.input);
}

/** Reads what came on the input of a shell inside a construct. */
export function readWholeInput(shell: Shell, input: string): void {
  const { reading, origin } = shell;
  if (!reading.affords(input.length, origin) || !reading.enter(origin)) return;
  const scope = new Scope(reading, shell.scope);
  scope.program = oneWord('sh', origin);
  readScript(new Shell(scope, origin), new Cursor(input), { closes: false, captures: false, input: undefined });
  reading.leave();
}

/** Reads a file that the command line wrote before it ran it; false for any other. */
export function readFile(run: Run, words: Words, at: number, end: number, path = words.text(at)): boolean {
  const text = run.textAt(path);
  if (text === undefined) return false;
  const program = oneWord(programName(path), words.origin(at));
  readInShell(run, text, words.origin(at), program, parametersOf(run, words, at + 1, end), run.input);
  return true;
}
