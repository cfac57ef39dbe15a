import type { Reading } from './reading.ts';
import type { Script } from './script.ts';
import type { Text, Words } from './words.ts';

/** The circumstances of one command: who runs it, with what input and environment. */
export class Run {
  readonly reading: Reading;
  /** The script whose shell runs it; undefined for the container's own command line. */
  readonly script: Script | undefined;
  readonly input: Text;
  /** True where somebody asks for the output. */
  readonly captures: boolean;
  /** Variables put in front of the command. */
  environment: Map<string, readonly string[]> | undefined = undefined;
  /** True under `env -i`. */
  cleared = false;
  /** What the command writes, where that is in sight. */
  output: Text = undefined;

  constructor(reading: Reading, script: Script | undefined, input: Text, captures: boolean) {
    this.reading = reading;
    this.script = script;
    this.input = input;
    this.captures = captures;
  }

  /** The text of a file, as far as the command line put it there. */
  textAt(path: string): Text {
    return this.script === undefined ? this.reading.files.text(path) : this.script.shell.scope.textAt(path);
  }
}

/** What a program makes of the words behind its name: the index of the next command word, or `stopped`. */
export type ProgramReader = (run: Run, words: Words, at: number, end: number) => number;

/** No command word follows. */
export const stopped = -1;

/** Puts a variable in front of what the command runs. */
export function putVariable(run: Run, assignment: string): void {
  const equals = assignment.indexOf('=');
  run.environment = new Map(run.environment);
  const name = assignment.slice(0, equals);
  run.reading.noteVariable(name);
  run.environment.set(name, [assignment.slice(equals + 1)]);
}

/** Whether a word is `NAME=value`, as env and sudo take it before the command. */
export function isAssignment(word: string): boolean {
  return word.indexOf('=') > 0 && !word.startsWith('-');
}
