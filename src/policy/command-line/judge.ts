import { blank, kindOf } from './characters.ts';
import { builtins } from './builtins.ts';
import { catAs } from './command-output.ts';
import { readCommand } from './commands.ts';
import { Cursor } from './cursor.ts';
import type { SimpleCommand } from './frames.ts';
import { joinReturned } from './outcomes.ts';
import { Run, stopped } from './run.ts';
import { readScript, type Script } from './script.ts';
import { Shell, type ShellFunction } from './scope.ts';
import { type Text, Words } from './words.ts';

/** Judges a simple command of a script; returns its output where somebody asks for it and it is in sight. */
export function judgeCommand(script: Script, command: SimpleCommand, input: Text, captures: boolean): Text {
  const { words, outputFile } = command;
  const { reading } = script.shell;
  let output: Text = '';
  if (words.length > 0) {
    const run = new Run(reading, script, input, captures || outputFile !== undefined);
    run.environment = command.environment;
    output = readShellCommand(run, script, words, 0);
    if (outputFile !== undefined && output === undefined) catAs(run, words, outputFile);
  }
  if (outputFile === undefined) return output;
  const { files } = reading;
  // What only may be written stands beside what was.
  const keeps = command.appends || script.shell.choice > 0 || !script.isCertain();
  const before = keeps ? (files.text(outputFile) ?? '') : '';
  if (output === undefined || outputFile.startsWith('/dev/')) files.forget(outputFile);
  else if (reading.affords(output.length, script.shell.origin)) files.write(outputFile, before + output);
  return outputFile === '/dev/stdout' ? output : '';
}

/** A command as a shell finds it: an alias, a function, a builtin, or a program. */
function readShellCommand(run: Run, script: Script, words: Words, from: number): Text {
  const { scope } = script.shell;
  const name = words.text(from);
  const alias = scope.aliases?.get(name);
  // bash follows none in a script, other shells from the next line on: the name may stand for itself.
  if (alias !== undefined) readAlias(run, script, words, from, alias);
  const called = scope.functions?.get(name);
  if (called !== undefined) {
    script.perhaps(() => call(run, script, words, from, called));
    if (called.certain) return run.output;
  }
  return readBuiltins(run, words, from);
}

/** A builtin that runs another command leads to the next; past `command` and `exec` there are no functions. */
function readBuiltins(run: Run, words: Words, from: number): Text {
  const end = words.length;
  let at = from;
  while (at < end) {
    const builtin = builtins.get(words.text(at));
    if (builtin === undefined) return readCommand(run, words, at, end);
    const next = builtin(run, words, at + 1, end);
    if (next === stopped) return run.output;
    at = next;
  }
  return run.output;
}

/** Reads an alias as the script that it stands for, with the words behind it. */
function readAlias(run: Run, script: Script, words: Words, from: number, alias: string): void {
  const { shell } = script;
  if (!shell.reading.affords(alias.length + 1, shell.origin) || !shell.reading.enter(shell.origin)) return;
  shell.scope.aliases?.delete(words.text(from));
  const inner = new Shell(shell.scope, shell.origin);
  const texts = alias.split(' ').filter((text) => text !== '');
  if (isPlainText(alias)) {
    const replaced = new Words(texts, words.origin(from));
    replaced.addFrom(words, from + 1, words.length);
    if (replaced.length > 0) readShellCommand(run, script, replaced, 0);
  } else {
    script.perhaps(() => readScript(inner, new Cursor(alias), { closes: false, captures: false, input: run.input }));
  }
  shell.scope.aliases?.set(words.text(from), alias);
  shell.reading.leave();
}

/** Whether the text is nothing but words. */
function isPlainText(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (kindOf(text.charCodeAt(index)) > blank) return false;
  }
  return true;
}

/** Reads the body of a function once more where its parameters or variables may make a difference. */
function call(run: Run, script: Script, words: Words, from: number, called: ShellFunction): void {
  const { shell } = script;
  const { reading, scope } = shell;
  const matters = called.depends || run.input !== undefined;
  const { length } = called.body;
  if (called.active || (!matters && !run.captures)) return;
  if (!(matters ? reading.affords(length, shell.origin) : reading.spares(length)) || !reading.enter(shell.origin))
    return;
  const { positionals, locals, returned } = scope;
  const parameters = new Words();
  parameters.addFrom(words, from + 1, words.length);
  scope.positionals = [parameters];
  scope.locals = [];
  scope.returned = undefined;
  called.active = true;
  const replaced = scope.setEach(run.environment);
  run.output = readScript(new Shell(scope, shell.origin), new Cursor(called.body), {
    closes: false,
    captures: run.captures,
    input: run.input,
  });
  called.active = false;
  for (const saved of replaced) scope.restore(saved);
  joinReturned(scope);
  for (const saved of scope.locals.reverse()) scope.restore(saved);
  scope.positionals = positionals;
  scope.locals = locals;
  scope.returned = returned;
  reading.leave();
}
