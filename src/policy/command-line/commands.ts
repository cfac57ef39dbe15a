import { indexOfMarker, lastIndexOfMarker, parameterText } from './markers.ts';
import { afterOptions, Options } from './options.ts';
import { named } from './named.ts';
import { isAssignment, putVariable, type Run, stopped } from './run.ts';
import { readFile } from './shell-program.ts';
import type { Text, Words } from './words.ts';
import type { Wrapper } from './wrappers.ts';

/** Reads the words of one command from its command word on, through every program that runs another; returns its output. */
export function readCommand(run: Run, words: Words, from: number, end: number): Text {
  const { reading } = run;
  let at = from;
  while (at < end && !reading.full) {
    const word = words.text(at);
    // Be it under another name that the command line itself gave it.
    const { name, program, toolClass } = named(reading, reading.files.program(word) ?? word);
    if (toolClass !== undefined && program?.tellsItself !== true) {
      reading.report(name, toolClass, 'runs', words.origin(at));
    }
    if (program === undefined) {
      if (toolClass === undefined) readUnknown(run, words, at, end, name);
      return run.output;
    }
    const next = program.read === undefined ? undefined : program.read(run, words, at + 1, end);
    if (next === stopped) return run.output;
    at = next ?? afterWrapper(run, words, at + 1, end, program.wrapper);
  }
  return run.output;
}

/** A program that is no tool: a script that the command line wrote, or a name that cannot be resolved. */
function readUnknown(run: Run, words: Words, at: number, end: number, name: string): void {
  const { reading } = run;
  if (!reading.files.isEmpty) {
    const path = words.text(at).includes('/') ? words.text(at) : pathOf(run, words.text(at));
    if (path !== undefined && readFile(run, words, at, end, path)) return;
  }
  const marker = indexOfMarker(name);
  if (marker < 0) return;
  reading.expandedNames += 1;
  if (couldBeTool(run, name, marker)) reading.opaque(words.origin(at));
}

/** More folders than these that the command line itself puts into PATH are not looked into. */
const maxFolders = 16;

/** The script of this name in a folder of PATH, where the command line itself says what that is. */
function pathOf(run: Run, name: string): string | undefined {
  const scope = run.script?.shell.scope;
  if (scope === undefined) return undefined;
  const values = run.environment?.get('PATH') ?? (scope.isInSight('PATH') ? scope.find('PATH')?.values : undefined);
  for (const value of values ?? []) {
    if (!run.reading.spares(value.length)) return undefined;
    const paths = value.split(':', maxFolders).map((folder) => (folder === '' ? name : `${folder}/${name}`));
    const path = paths.find((each) => run.textAt(each) !== undefined);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** Whether what the reader cannot see of a name may make it a tool's. */
function couldBeTool(run: Run, name: string, marker: number): boolean {
  const last = lastIndexOfMarker(name);
  if (last - marker + 1 === name.length) {
    for (const character of name) {
      if (character !== parameterText) return true;
    }
    return false;
  }
  const before = name.slice(0, marker);
  const after = name.slice(last + 1);
  for (const tool of run.reading.tools.classOf.keys()) {
    if (tool.length >= before.length + after.length && tool.startsWith(before) && tool.endsWith(after)) return true;
  }
  return false;
}

function afterWrapper(run: Run, words: Words, at: number, end: number, wrapper: Wrapper | undefined): number {
  if (wrapper === undefined) return end;
  let next = at;
  let operands = wrapper.operands;
  if (wrapper.instead === '') next = afterOptions(words, at, end, wrapper);
  else {
    const options = new Options(words, at, end, wrapper);
    while (options.next()) if (options.name === wrapper.instead) operands = 0;
    next = options.at;
  }
  next += operands;
  if (operands > 0 && words.text(next) === '--') next += 1;
  if (wrapper.assignments) {
    while (next < end && isAssignment(words.text(next))) {
      putVariable(run, words.text(next));
      next += 1;
    }
  }
  return next;
}
