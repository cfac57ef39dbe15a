import { blank, endOfName, integerOf, isNamePart, isNameStart, kindOf, newline, operator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import type { SimpleCommand } from './frames.ts';
import { isInert } from './innocent-command.ts';
import { unknownText } from './markers.ts';
import { Outcomes } from './outcomes.ts';
import {
  mayRedirect,
  readProcessSubstitution,
  readRedirection,
  startsProcessSubstitution,
  startsRedirection,
} from './redirections.ts';
import type { Script } from './script.ts';
import { readPrompt, readSubscript } from './parameters.ts';
import { readValue, readWord } from './shell-words.ts';
import { Words } from './words.ts';

/**
 * Reads the simple command at the cursor and has it judged, once for each value that its variables may have. `head` is its
 * first word where that is known to be plain.
 */
export function readSimpleCommand(script: Script, head = ''): void {
  const { shell, cursor, documents } = script;
  const { choice, choices } = shell;
  const start = cursor.at;
  const firstDocument = documents.count;
  shell.choice = 0;
  shell.choices = 1;
  const command = script.freshCommand();
  if (readWords(script, command, head)) {
    if (
      shell.choices > 1 &&
      !(command.words.text(0) === head && isInert(shell.scope, head, cursor.text.slice(start, cursor.at)))
    ) {
      putBack(script, command);
      readEach(script, start, firstDocument);
    } else {
      applyAssignments(script, command);
      script.judge(command);
    }
    if (script.frame.kind === 'function') script.endFunction();
  }
  shell.choice = choice;
  shell.choices = choices;
}

/** Reads a command again with each value that its variables may have; each time it finds the shell as it was. */
function readEach(script: Script, start: number, firstDocument: number): void {
  const { shell, cursor, documents } = script;
  const outcomes = new Outcomes(shell.scope);
  const end = cursor.at;
  for (let choices = 1; shell.choice < choices; shell.choice += 1) {
    if (!shell.reading.affords(end - start, shell.origin)) break;
    cursor.at = start;
    documents.replayFrom(firstDocument);
    outcomes.add(() => {
      const command = script.freshCommand();
      shell.choices = 1;
      readWords(script, command);
      ({ choices } = shell);
      applyAssignments(script, command);
      script.judge(command);
    });
  }
  cursor.at = end;
  shell.variations += 1;
  outcomes.join();
}

/** Reads assignments, words and redirections up to the end of the command; false for the head of a function. */
function readWords(script: Script, command: SimpleCommand, head = ''): boolean {
  const { shell, cursor } = script;
  const { text } = cursor;
  const { words } = command;
  if (head !== '' && isCommandWord(cursor, head)) {
    words.add(head, shell.origin);
    cursor.at += head.length;
    if (readFunctionHead(script, head)) return false;
  }
  for (;;) {
    script.skipBlanks();
    if (cursor.at >= text.length) return true;
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
    if (kind === newline || kind === operator) return true;
    if (words.length > 0) {
      readWord(shell, cursor, words);
      if (cursor.code() === 0x28 && cursor.code(-1) === 0x3d) readDeclaredArray(script, words);
      continue;
    }
    if (isNameStart(code) && readAssignment(script, command)) continue;
    putBack(script, command);
    const plainWord = readWord(shell, cursor, words);
    if (!plainWord) shell.reading.expandedNames += 1;
    if (plainWord && words.length === 1 && readFunctionHead(script, words.text(0))) return false;
  }
}

/** Whether a plain word at the cursor is neither an assignment nor the number of a redirection. */
function isCommandWord(cursor: Cursor, head: string): boolean {
  return !mayRedirect(cursor.code()) && !mayRedirect(cursor.code(head.length)) && !head.includes('=');
}

/** Longest subscript of an assignment to an element. */
const maxSubscript = 256;

/** Variables that a shell expands when it prints them. */
const prompts: ReadonlySet<string> = new Set(['PS0', 'PS1', 'PS2', 'PS4']);

/** Reads `NAME=value`, `NAME+=value`, `NAME[i]=value` or `NAME=(..)`, and sets it for what stands behind it. */
function readAssignment(script: Script, command: SimpleCommand): boolean {
  const { shell, cursor } = script;
  const { text } = cursor;
  const start = cursor.at;
  let end = endOfName(text, start);
  if (end === start) return false;
  const name = text.slice(start, end);
  let subscript: string | undefined;
  if (text.charCodeAt(end) === 0x5b) {
    const from = end + 1;
    const furthest = Math.min(text.length, end + maxSubscript);
    while (end < furthest && text.charCodeAt(end) !== 0x5d) end += 1;
    if (end === furthest) return false;
    subscript = text.slice(from, end);
    end += 1;
    if (subscript.includes('$') || subscript.includes('`')) {
      cursor.at = from - 1;
      subscript = readSubscript(shell, cursor);
      end = cursor.at;
      cursor.at = start;
      if (!shell.reading.affords(end - start, shell.origin)) return false;
    }
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
    // An array is none of a command's environment: it stays, beside what it was where that is not certain.
    command.replaced.pop();
    command.environment.delete(name);
    const before = adds ? elementsOf(script, name) : [];
    assignArray(script, name, [...before, ...readArray(script)]);
    return true;
  }
  const from = cursor.at;
  const read = readValue(shell, cursor);
  const isOwn = adds || (script.inLoop && names(text.slice(from, cursor.at), name));
  const before = isOwn ? (shell.value(name) ?? '') : '';
  const value = adds ? before + read : read;
  if (!shell.reading.affords(value.length, shell.origin)) return true;
  if (subscript !== undefined) {
    command.replaced.pop();
    assignElement(script, name, subscript, value);
    return true;
  }
  if (script.inLoop && isOwn && !isNewWord(before, value)) (script.growing ??= new Set()).add(name);
  if (prompts.has(name)) readPrompt(shell, value);
  command.environment.set(name, [value]);
  scope.set(name, { values: [value], exported: scope.exportsAll || (old?.exported ?? false) });
  return true;
}

/** Whether a value is what was with a blank and more behind it. */
function isNewWord(before: string, value: string): boolean {
  return before !== '' && value.startsWith(before) && kindOf(value.charCodeAt(before.length)) === blank;
}

/** Longest value of an assignment in which its own variable is looked for. */
const maxGrowing = 256;

/** Whether the value of an assignment is put together from the variable's own. */
function names(written: string, name: string): boolean {
  if (written.length > maxGrowing) return false;
  return [`$${name}`, `\${${name}`].some((reference) => {
    const at = written.indexOf(reference);
    return at >= 0 && !isNamePart(written.charCodeAt(at + reference.length));
  });
}

function assignArray(script: Script, name: string, elements: readonly string[]): void {
  script.perhaps(() => {
    script.shell.scope.assignArray(name, elements);
  });
}

/** Longest array that is put together element by element. */
const maxElements = 64;

/** `NAME[i]=value`: where the index is not a small number, the array may be any. */
function assignElement(script: Script, name: string, subscript: string, value: string): void {
  const index = integerOf(subscript);
  if (index === undefined || index < 0 || index >= maxElements) {
    script.either(() => assignArray(script, name, [unknownText]));
    return;
  }
  const elements = [...elementsOf(script, name)];
  while (elements.length < index) elements.push('');
  elements[index] = value;
  assignArray(script, name, elements);
}

/** The array as it is so far, to be copied; none where a copy is more than the reader may still spend. */
function elementsOf({ shell }: Script, name: string): readonly string[] {
  const elements = shell.scope.find(name)?.arrays?.at(-1) ?? [];
  return shell.reading.affords(elements.length, shell.origin) ? elements : [];
}

function readArray(script: Script): readonly string[] {
  const { cursor, shell } = script;
  const elements: string[] = [];
  const words = new Words();
  cursor.at += 1;
  for (;;) {
    script.skipLines();
    if (cursor.ended) break;
    const place = cursor.code() === 0x5b ? readPlace(cursor) : -1;
    if (kindOf(cursor.code()) !== operator) {
      readWord(shell, cursor, words);
      while (elements.length < place) elements.push('');
      if (place >= 0 && words.length > 0) elements[place] = words.text(0);
      else elements.push(...words.slice());
      words.clear();
      continue;
    }
    cursor.at += 1;
    if (cursor.code(-1) === 0x29) break;
  }
  return elements;
}

/** Passes the `[index]=` of an element: its place, or -1 for the next one, where one with a name stands well enough. */
function readPlace(cursor: Cursor): number {
  const close = cursor.text.slice(cursor.at, cursor.at + maxSubscript).indexOf(']');
  if (close < 0 || cursor.code(close + 1) !== 0x3d) return -1;
  const place = integerOf(cursor.text.slice(cursor.at + 1, cursor.at + close));
  cursor.at += close + 2;
  return place !== undefined && place < maxElements ? place : -1;
}

/** `declare NAME=(..)`: the list behind the last word is an array's, not a subshell. */
function readDeclaredArray(script: Script, words: Words): void {
  const name = words.text(words.length - 1).slice(0, -1);
  const elements = readArray(script);
  if (endOfName(name, 0) !== name.length) return;
  assignArray(script, name, elements);
  words.replace(words.length - 1, name);
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
