import { readAssignment, readDeclaredArray } from './assignments.ts';
import { isNameStart, kindOf, newline, operator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import type { SimpleCommand } from './frames.ts';
import { isInert } from './innocent-command.ts';
import { Outcomes } from './outcomes.ts';
import {
  mayRedirect,
  readProcessSubstitution,
  readRedirection,
  startsProcessSubstitution,
  startsRedirection,
} from './redirections.ts';
import type { Script } from './script.ts';
import { readWord } from './shell-words.ts';

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
