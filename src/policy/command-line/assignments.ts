import { blank, endOfName, integerOf, isNamePart, kindOf, operator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import type { SimpleCommand } from './frames.ts';
import { unknownText } from './markers.ts';
import { readPrompt, readSubscript } from './parameters.ts';
import type { Script } from './script.ts';
import { readValue, readWord } from './shell-words.ts';
import { Words } from './words.ts';

/** Longest subscript of an assignment to an element. */
const maxSubscript = 256;

/** Variables that a shell expands when it prints them. */
const prompts: ReadonlySet<string> = new Set(['PS0', 'PS1', 'PS2', 'PS4']);

/** Reads `NAME=value`, `NAME+=value`, `NAME[i]=value` or `NAME=(..)`, and sets it for what stands behind it. */
export function readAssignment(script: Script, command: SimpleCommand): boolean {
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
export function readDeclaredArray(script: Script, words: Words): void {
  const name = words.text(words.length - 1).slice(0, -1);
  const elements = readArray(script);
  if (endOfName(name, 0) !== name.length) return;
  assignArray(script, name, elements);
  words.replace(words.length - 1, name);
}
