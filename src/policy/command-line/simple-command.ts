import { endOfName, isNameStart, kindOf, newline, operator } from './characters.ts';
import type { SimpleCommand } from './frames.ts';
import {
  mayRedirect,
  readProcessSubstitution,
  readRedirection,
  startsProcessSubstitution,
  startsRedirection,
} from './redirections.ts';
import type { Script } from './script.ts';
import { readValue, readWord } from './shell-words.ts';
import { Words } from './words.ts';

/**
 * Reads the simple command at the cursor and has it judged, once for each value that its variables may have. Returns the
 * reserved word that stands there instead; `asProgram` takes a reserved word for a program.
 */
export function readSimpleCommand(script: Script, asProgram = false): string | undefined {
  const { shell, cursor, documents } = script;
  const { choice, choices } = shell;
  const start = cursor.at;
  const firstDocument = documents.count;
  let keyword: string | undefined;
  shell.choice = 0;
  for (;;) {
    shell.choices = 1;
    const command = script.freshCommand();
    keyword = readWords(script, command, asProgram);
    if (keyword !== undefined) break;
    applyAssignments(script, command);
    const tried = shell.choices;
    script.judge(command);
    if (script.frame.kind === 'function') script.endFunction();
    shell.choice += 1;
    if (shell.choice >= tried || !shell.reading.affords(cursor.at - start, shell.origin)) break;
    cursor.at = start;
    documents.replayFrom(firstDocument);
  }
  shell.choice = choice;
  shell.choices = choices;
  return keyword;
}

function readWords(script: Script, command: SimpleCommand, asProgram: boolean): string | undefined {
  const { shell, cursor } = script;
  const { text } = cursor;
  const { words } = command;
  for (;;) {
    script.skipBlanks();
    if (cursor.at >= text.length) return undefined;
    const code = text.charCodeAt(cursor.at);
    if (mayRedirect(code)) {
      if (startsRedirection(cursor)) {
        readRedirection(script, command);
        continue;
      }
      if (startsProcessSubstitution(cursor)) {
        words.add(readProcessSubstitution(shell, cursor), shell.origin);
        continue;
      }
    }
    const kind = kindOf(code);
    if (kind === newline || kind === operator) return undefined;
    if (words.length > 0) {
      readWord(shell, cursor, words);
      if (cursor.code() === 0x28 && cursor.code(-1) === 0x3d) readDeclaredArray(script, words);
      continue;
    }
    if (isNameStart(code) && readAssignment(script, command)) continue;
    putBack(script, command);
    const plainWord = readWord(shell, cursor, words);
    if (!plainWord || words.length !== 1 || asProgram || command.environment !== undefined) continue;
    const word = words.text(0);
    if (script.isKeyword(word)) return word;
    if (readFunctionHead(script, word)) return '';
  }
}

/** Reads `NAME=value`, `NAME+=value`, `NAME[i]=value` or `NAME=(..)`, and sets it for what stands behind it. */
function readAssignment(script: Script, command: SimpleCommand): boolean {
  const { shell, cursor } = script;
  const { text } = cursor;
  const start = cursor.at;
  let end = endOfName(text, start);
  if (end === start) return false;
  const name = text.slice(start, end);
  const subscript = text.charCodeAt(end) === 0x5b;
  if (subscript) {
    end = text.indexOf(']', end) + 1;
    if (end === 0 || end - start > 256) return false;
  }
  const adds = text.charCodeAt(end) === 0x2b;
  if (text.charCodeAt(adds ? end + 1 : end) !== 0x3d) return false;
  cursor.at = end + (adds ? 2 : 1);
  const { scope } = shell;
  command.environment ??= new Map();
  command.replaced ??= [];
  command.replaced.push(scope.saved(name));
  const old = scope.find(name);
  if (cursor.code() === 0x28) {
    const elements = [...(adds ? (old?.elements ?? []) : []), ...readArray(script)];
    scope.set(name, { values: [elements[0] ?? ''], elements, exported: false });
    command.environment.delete(name);
    return true;
  }
  const read = readValue(shell, cursor);
  const value = adds ? (shell.value(name) ?? '') + read : read;
  if (!shell.reading.affords(value.length, shell.origin)) return true;
  command.environment.set(name, [value]);
  if (!subscript) scope.set(name, { values: [value], exported: old?.exported ?? false });
  return true;
}

function readArray(script: Script): readonly string[] {
  const { cursor, shell } = script;
  const words = new Words();
  cursor.at += 1;
  for (;;) {
    script.skipLines();
    if (cursor.ended) break;
    if (kindOf(cursor.code()) !== operator) {
      readWord(shell, cursor, words);
      continue;
    }
    cursor.at += 1;
    if (cursor.code(-1) === 0x29) break;
  }
  return words.texts;
}

/** `declare NAME=(..)`: the list behind the last word is an array's, not a subshell. */
function readDeclaredArray(script: Script, words: Words): void {
  const name = words.text(words.length - 1).slice(0, -1);
  const elements = readArray(script);
  if (endOfName(name, 0) !== name.length) return;
  script.shell.scope.set(name, { values: [elements[0] ?? ''], elements, exported: false });
  words.texts[words.length - 1] = name;
}

/** Assignments in front of a command last as long as it, and its own words do not see them. */
function putBack(script: Script, command: SimpleCommand): void {
  if (command.replaced === undefined) return;
  for (const saved of command.replaced.reverse()) script.shell.scope.restore(saved);
  command.replaced = undefined;
}

/** Assignments without a command stay; where that is not certain, the old values stay with them. */
function applyAssignments(script: Script, command: SimpleCommand): void {
  const { environment } = command;
  if (environment === undefined || command.words.length > 0) return;
  if (command.replaced !== undefined && script.isCertain()) return;
  const certain = script.isCertain();
  putBack(script, command);
  for (const [name, values] of environment) {
    for (const value of values) script.shell.scope.assign(name, value, !certain);
  }
}

/** Reads the `()` of a function definition. */
function readFunctionHead(script: Script, name: string): boolean {
  const { cursor } = script;
  const start = cursor.at;
  script.skipBlanks();
  if (cursor.code() === 0x28) {
    cursor.at += 1;
    script.skipBlanks();
    if (cursor.code() === 0x29) {
      cursor.at += 1;
      script.openFunction(name);
      return true;
    }
  }
  cursor.at = start;
  return false;
}
