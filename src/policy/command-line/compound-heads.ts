import { endOfName, kindOf, newline, operator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { readArithmetic } from './expansions.ts';
import { parameterText } from './markers.ts';
import type { Shell } from './shell.ts';
import { readWord } from './shell-words.ts';
import { Words } from './words.ts';

/** Passes blanks, newlines, line continuations and comments inside the head of a construct. */
export function skipSpace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.code();
    if (code === 0x20 || code === 0x09 || code === 0x0a) cursor.at += 1;
    else if (code === 0x5c && cursor.code(1) === 0x0a) cursor.at += 2;
    else if (code === 0x23) {
      const end = cursor.text.indexOf('\n', cursor.at);
      cursor.at = end < 0 ? cursor.text.length : end;
    } else return;
  }
}

/** Reads `NAME in WORDS` or `((..))` after `for`, and gives the variable every value of the list. */
export function readForHead(shell: Shell, cursor: Cursor): void {
  skipSpace(cursor);
  if (cursor.sees('((')) {
    cursor.at += 1;
    readArithmetic(shell, cursor);
    return;
  }
  const start = cursor.at;
  cursor.at = endOfName(cursor.text, start);
  if (cursor.at === start) return;
  const name = cursor.text.slice(start, cursor.at);
  skipSpace(cursor);
  const isList = cursor.sees('in') && !(kindOf(cursor.code(2)) === 0 && cursor.at + 2 < cursor.text.length);
  if (isList) cursor.at += 2;
  shell.scope.assignEach(name, isList ? listOf(shell, cursor) : parametersOf(shell));
}

function parametersOf(shell: Shell): readonly string[] {
  return shell.scope.positionals?.flatMap((words) => words.slice()) ?? [parameterText];
}

/** The words of the list, for each value that the variables in it may have. */
function listOf(shell: Shell, cursor: Cursor): readonly string[] {
  const { choice, choices } = shell;
  const start = cursor.at;
  const words = new Words();
  shell.choices = 1;
  for (shell.choice = 0; shell.choice < shell.choices; shell.choice += 1) {
    if (shell.choice > 0 && !shell.reading.affords(cursor.at - start, shell.origin)) break;
    cursor.at = start;
    for (;;) {
      skipBlanks(cursor);
      if (cursor.ended || kindOf(cursor.code()) === newline || kindOf(cursor.code()) === operator) break;
      readWord(shell, cursor, words);
    }
  }
  shell.choice = choice;
  shell.choices = choices;
  return words.slice();
}

function skipBlanks(cursor: Cursor): void {
  for (;;) {
    const code = cursor.code();
    if (code === 0x20 || code === 0x09) cursor.at += 1;
    else if (code === 0x5c && cursor.code(1) === 0x0a) cursor.at += 2;
    else return;
  }
}

/** Reads `[[ .. ]]` after its opening: words and operators that run nothing but the substitutions in them. */
export function readTest(shell: Shell, cursor: Cursor): void {
  const words = new Words();
  for (;;) {
    skipSpace(cursor);
    if (cursor.ended || cursor.code() === 0x3b) return;
    if (kindOf(cursor.code()) === operator) {
      cursor.at += 1;
      continue;
    }
    const before = words.length;
    if (readWord(shell, cursor, words) && words.text(before) === ']]') return;
  }
}
