import { blank, endOfBracket, endOfPlain, kindOf, newline, operator, plain, quoting } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { silent } from './command-output.ts';
import { named } from './named.ts';
import type { Scope } from './scope.ts';

/*
 * Most commands of most scripts run a program that the reader knows nothing of, with words that expand to nothing else:
 * they are passed over without being taken apart.
 */

/** The word that starts here if it is plain, as reserved words and most programs are; '' for any other. */
export function plainHead(text: string, at: number): string {
  const bracket = endOfBracket(text, at);
  const end = bracket > at ? bracket : endOfPlain(text, at);
  const kind = end < text.length ? kindOf(text.charCodeAt(end)) : newline;
  if (kind >= quoting || text.charCodeAt(end) === 0x28) return '';
  return text.slice(at, end);
}

/** The program that a plain head names: behind `exec`, which most containers' scripts end with, the next word. */
export function programOf(text: string, at: number, head: string): string {
  if (head !== 'exec') return head;
  let next = at + head.length;
  while (kindOf(text.charCodeAt(next)) === blank) next += 1;
  const program = plainHead(text, next);
  return program === '' || program.startsWith('-') ? head : program;
}

/** Whether the command line has given no word another meaning than it has everywhere. */
export function hasNoNames({ aliases, functions, reading }: Scope): boolean {
  return aliases === undefined && functions === undefined && reading.files.isUntouched;
}

/** Whether the command does nothing that depends on what its variables expand to: it runs a program that only looks at them. */
export function isInert(scope: Scope, head: string, written: string): boolean {
  const { aliases, functions, reading } = scope;
  if (head === '' || head.includes('/') || aliases?.has(head) === true || functions?.has(head) === true) return false;
  if (!(named(reading, head).isInnocent || silent.has(head)) || reading.files.program(head) !== undefined) return false;
  // It may be a script in a folder that the command line put into PATH.
  if (!reading.files.isEmpty && scope.isInSight('PATH')) return false;
  return !['`', '(', '=', '<', '>', '@P'].some((character) => written.includes(character));
}

/** Passes plain words up to the end of the command; false, with the cursor where it was, where others are among them. */
export function passPlainWords(cursor: Cursor): boolean {
  const { text } = cursor;
  const start = cursor.at;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const kind = kindOf(code);
    if (kind === plain || kind === blank) at += 1;
    else if (kind === newline || (kind === operator && endsCommand(text, at, code))) break;
    else return false;
    if (code === 0x23 && isBlankOrStart(text, at - 2)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    }
  }
  cursor.at = at;
  return true;
}

function endsCommand(text: string, at: number, code: number): boolean {
  if (code === 0x26) return text.charCodeAt(at + 1) !== 0x3e;
  return code === 0x3b || code === 0x7c || code === 0x29;
}

function isBlankOrStart(text: string, at: number): boolean {
  return at < 0 || kindOf(text.charCodeAt(at)) !== plain;
}
