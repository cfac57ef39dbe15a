import { blank, kindOf } from './characters.ts';
import { catAs } from './command-output.ts';
import { readCommand } from './commands.ts';
import { Cursor } from './cursor.ts';
import type { SimpleCommand } from './frames.ts';
import { named } from './named.ts';
import { joinReturned } from './outcomes.ts';
import { isDevice, standardError, standardOutput } from './paths.ts';
import { Run, stopped } from './run.ts';
import { readScript, type Script } from './script.ts';
import type { ShellFunction } from './scope.ts';
import { Shell } from './shell.ts';
import { readWholeInput } from './shell-program.ts';
import { type Text, Words } from './words.ts';

/** Judges a simple command of a script; returns its output where somebody asks for it and it is in sight. */
export function judgeCommand(script: Script, command: SimpleCommand, input: Text, captures: boolean): Text {
  const { words, outputFile, errorFile } = command;
  const { reading, scope } = script.shell;
  const shellFile = scope.fileAt(standardOutput);
  const keepsOutput = !isDevice(shellFile) || reading.files.feeds(shellFile);
  const keepsErrors = errorFile !== undefined && !isDevice(errorFile);
  const isAsked = captures || outputFile !== undefined || keepsErrors || keepsOutput;
  const errorsBefore = reading.errorCount;
  let output: Text = '';
  if (words.length > 0) {
    const run = new Run(reading, script, input, isAsked);
    run.environment = command.environment;
    output = readShellCommand(run, script, words, 0);
    if (outputFile !== undefined && output === undefined) catAs(run, words, outputFile);
  } else if (command.redirectsInput && isAsked) output = input;
  if (words.length === 1 && words.text(0) === 'exec') {
    redirectShell(script, command, input);
    return '';
  }
  let errors = '';
  if (errorFile !== undefined) {
    errors = leadErrors(script, errorFile === outputFile ? standardOutput : errorFile, errorsBefore);
    if (errorFile === outputFile || outputFile === undefined) output = withErrors(output, errors);
  }
  if (outputFile === undefined) {
    if (keepsOutput && output !== '') writeOutput(script, shellFile, output, true);
    return output;
  }
  // What only may be written stands beside what was.
  const varies = script.shell.choice > 0 || !script.isCertain();
  writeOutput(script, outputFile, output, command.appends || varies);
  if (varies) reading.files.vary(outputFile);
  if (outputFile === standardOutput) return output;
  return errorFile === standardOutput ? errors : '';
}

/** Leads to a file what has gone to descriptor 2 since; returns it where that is the output. */
export function leadErrors(script: Script, file: string, before: number): string {
  const errors = script.shell.reading.takeErrors(before, script.shell.origin);
  if (errors === '' || file === standardOutput) return errors;
  writeOutput(script, file, errors, true);
  return '';
}

export function withErrors(output: Text, errors: string): Text {
  return output === undefined ? undefined : output + errors;
}

/** `exec` with nothing but redirections gives the shell itself another input and output. */
function redirectShell(script: Script, command: SimpleCommand, input: Text): void {
  const { outputFile, errorFile, appends, redirectsInput } = command;
  if (outputFile !== undefined) {
    script.shell.scope.redirect(standardOutput, { file: outputFile });
    if (!appends) emptyFile(script, outputFile);
  }
  if (errorFile !== undefined) script.shell.scope.redirect(standardError, { file: errorFile });
  if (redirectsInput) script.redirectInput(input);
}

/** A file that a shell opens is empty at first, if it is certain that it does. */
export function emptyFile(script: Script, file: string): void {
  if (script.isCertain() && !isDevice(file)) script.shell.reading.files.write(file, '');
}

function writeOutput(script: Script, file: string, output: Text, keeps: boolean): void {
  const { reading, origin } = script.shell;
  const { files } = reading;
  if (output !== undefined && files.feeds(file)) readWholeInput(script.shell, output);
  if (output !== undefined && file === standardError) reading.addErrors(output);
  const before = keeps ? (files.text(file) ?? '') : '';
  if (output === undefined || isDevice(file)) files.forget(file);
  else if (reading.affords(output.length, origin)) files.write(file, before + output);
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
  const output = readBuiltins(run, words, from);
  keepVariables(run, script, name);
  return output;
}

/** Builtins whose variables in front stay with the shell. */
const keepers: ReadonlySet<string> = new Set(
  ': . eval exec export readonly set shift times trap unset break continue return'.split(' '),
);

/** POSIX has variables in front of such a builtin stay, and so has every `sh`; bash under its own name has not. */
function keepVariables(run: Run, script: Script, name: string): void {
  const { environment } = run;
  if (environment === undefined || !keepers.has(name)) return;
  const { scope } = script.shell;
  script.either(() => {
    for (const [variable, values] of environment) scope.assignEach(variable, values);
  });
}

/** A builtin that runs another command leads to the next; past `command` and `exec` there are no functions. */
function readBuiltins(run: Run, words: Words, from: number): Text {
  const end = words.length;
  let at = from;
  while (at < end) {
    const { builtin } = named(run.reading, words.text(at));
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
    // Behind a blank at its end, the next word may be one, too.
    const next = alias.endsWith(' ') ? shell.scope.aliases?.get(words.text(from + 1)) : undefined;
    const nextTexts = next !== undefined && isPlainText(next) ? next.split(' ') : [];
    for (const text of nextTexts) replaced.add(text, words.origin(from + 1));
    replaced.addFrom(words, nextTexts.length > 0 ? from + 2 : from + 1, words.length);
    if (replaced.length > 0) readShellCommand(run, script, replaced, 0);
  } else {
    const text = [alias, ...words.slice(from + 1).map(quoted)].join(' ');
    if (shell.reading.affords(text.length - alias.length, shell.origin))
      script.perhaps(() => readScript(inner, new Cursor(text), { closes: false, captures: false, input: run.input }));
  }
  shell.scope.aliases?.set(words.text(from), alias);
  shell.reading.leave();
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
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
  const matters = run.input !== undefined || scope.dependsOnShell(called);
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
