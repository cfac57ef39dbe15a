import {
  endOfBracket,
  endOfName,
  endOfPlain,
  kindOf,
  newline,
  operator,
  pattern,
  plain,
  quoting,
} from './characters.ts';
import { bracesOf } from './braces.ts';
import { Cursor } from './cursor.ts';
import { anyCharacter, anySet, anyText } from './markers.ts';
import { unescaped } from './escapes.ts';
import type { Shell } from './shell.ts';
import { readBackquotes, readDollar } from './expansions.ts';
import { WordBuilder } from './word-builder.ts';
import type { Words } from './words.ts';

/**
 * Reads the word that starts at the cursor and adds what it expands to; true for a word without quotes, expansions and
 * patterns, which alone may be a reserved word.
 */
export function readWord(shell: Shell, cursor: Cursor, words: Words): boolean {
  const { text } = cursor;
  const start = cursor.at;
  const end = endOfPlain(text, start);
  const kind = end < text.length ? kindOf(text.charCodeAt(end)) : newline;
  if (kind === pattern && end === start) {
    const after = endOfBracket(text, start);
    if (after > start) {
      words.add(text.slice(start, after), shell.origin);
      cursor.at = after;
      return true;
    }
  }
  if (kind < quoting) {
    words.add(text.slice(start, end), shell.origin);
    cursor.at = end;
    return true;
  }
  const expanded = text.charCodeAt(end) === 0x7b || kind === quoting ? bracesOf(shell, cursor) : undefined;
  if (expanded === undefined) {
    const builder = new WordBuilder(shell, words);
    readParts(shell, cursor, builder);
    builder.finish();
    return false;
  }
  for (const word of expanded) {
    const builder = new WordBuilder(shell, words);
    readParts(shell, new Cursor(word), builder);
    builder.finish();
  }
  return false;
}

/** Reads a word that stays one text: the value of an assignment, the target of a redirection. */
export function readValue(shell: Shell, cursor: Cursor): string {
  const end = endOfPlain(cursor.text, cursor.at);
  if (end >= cursor.text.length || kindOf(cursor.text.charCodeAt(end)) < quoting) {
    const value = cursor.text.slice(cursor.at, end);
    cursor.at = end;
    return value;
  }
  const builder = new WordBuilder(shell);
  readParts(shell, cursor, builder);
  return builder.text;
}

/** Reads up to the end of the word. */
function readParts(shell: Shell, cursor: Cursor, builder: WordBuilder): void {
  const { text } = cursor;
  while (cursor.at < text.length) {
    const kind = kindOf(text.charCodeAt(cursor.at));
    if (kind === plain) {
      const end = endOfPlain(text, cursor.at);
      builder.add(text.slice(cursor.at, end));
      cursor.at = end;
    } else if (kind === quoting) readQuoting(shell, cursor, builder);
    else if (kind === pattern) readPattern(cursor, builder);
    else return;
  }
}

/** Reads a quote, a backslash, a `$` or a backquote, in a word or in the operand of an expansion, which may be quoted. */
export function readQuoting(shell: Shell, cursor: Cursor, builder: WordBuilder, quoted = false): void {
  switch (cursor.text.charAt(cursor.at)) {
    case "'":
      builder.add(readSingleQuoted(cursor));
      return;
    case '"':
      cursor.at += 1;
      readDoubleQuoted(shell, cursor, builder, true);
      return;
    case '\\':
      if (quoted && cursor.code(1) !== 0x7d) {
        readQuotedBackslash(cursor, builder, true);
        return;
      }
      cursor.at += 2;
      if (cursor.text.charAt(cursor.at - 1) !== '\n') builder.add(cursor.text.charAt(cursor.at - 1));
      return;
    case '`':
      readBackquotes(shell, cursor, builder, quoted);
      return;
    default:
      if (cursor.code(1) === 0x27 && !quoted) {
        cursor.at += 1;
        builder.add(readAnsiQuoted(cursor));
      } else if (cursor.code(1) === 0x22) {
        cursor.at += 2;
        readDoubleQuoted(shell, cursor, builder, true);
      } else readDollar(shell, cursor, builder, quoted);
  }
}

function readSingleQuoted(cursor: Cursor): string {
  const from = cursor.at + 1;
  const end = cursor.text.indexOf("'", from);
  cursor.at = end < 0 ? cursor.text.length : end + 1;
  return cursor.text.slice(from, end < 0 ? undefined : end);
}

/** Reads `'..'` after a `$`, where a backslash protects the quote. */
function readAnsiQuoted(cursor: Cursor): string {
  const { text } = cursor;
  const from = cursor.at + 1;
  let end = from;
  while (end < text.length && text.charCodeAt(end) !== 0x27) end += text.charCodeAt(end) === 0x5c ? 2 : 1;
  cursor.at = Math.min(end + 1, text.length);
  return unescaped(text.slice(from, end));
}

/**
 * Reads up to the closing double quote, or, with `quotes` false, to the end of a here-document, where the double quote is
 * a character like any other.
 */
export function readDoubleQuoted(shell: Shell, cursor: Cursor, builder: WordBuilder, quotes: boolean): void {
  const { text } = cursor;
  const start = cursor.at;
  let from = start;
  while (cursor.at < text.length) {
    const code = text.charCodeAt(cursor.at);
    const closes = code === 0x22 && quotes;
    if (!closes && code !== 0x5c && code !== 0x24 && code !== 0x60) {
      cursor.at += 1;
      continue;
    }
    if (cursor.at > from) builder.add(text.slice(from, cursor.at));
    if (closes) {
      if (cursor.at === start) builder.started = true;
      cursor.at += 1;
      return;
    }
    // A list without values makes no word, even in quotes.
    builder.started ||= !startsList(text, cursor.at);
    if (code === 0x5c) readQuotedBackslash(cursor, builder, quotes);
    else if (code === 0x24) readDollar(shell, cursor, builder, true);
    else readBackquotes(shell, cursor, builder, true);
    from = cursor.at;
  }
  if (from < text.length) builder.add(text.slice(from));
}

/** Whether `$@`, `${@..}` or `${name[@]..}` starts here. */
function startsList(text: string, at: number): boolean {
  if (text.charCodeAt(at + 1) === 0x40) return true;
  if (!text.startsWith('${', at)) return false;
  return text.charCodeAt(at + 2) === 0x40 || text.startsWith('[@]', endOfName(text, at + 2));
}

function readQuotedBackslash(cursor: Cursor, builder: WordBuilder, quotes: boolean): void {
  const next = cursor.text.charAt(cursor.at + 1);
  cursor.at += 2;
  if (next === '\n') return;
  const protects = next === '$' || next === '`' || next === '\\' || (next === '"' && quotes);
  builder.add(protects ? next : `\\${next}`);
}

function readPattern(cursor: Cursor, builder: WordBuilder): void {
  const character = cursor.text.charAt(cursor.at);
  cursor.at += 1;
  if (!builder.splits || character === '{') builder.add(character);
  else if (character === '*') builder.add(anyText);
  else if (character === '?') builder.add(anyCharacter);
  else {
    const end = endOfSet(cursor);
    builder.add(end > cursor.at ? anySet : character);
    cursor.at = end;
  }
}

/** Index after the set that opened just before; the index of the cursor where it does not end in the same word. */
function endOfSet(cursor: Cursor): number {
  const { text } = cursor;
  for (let at = cursor.at; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = kindOf(code);
    if (kind === operator || (kind > plain && kind < quoting)) return cursor.at;
    if (code === 0x5d) return at > cursor.at ? at + 1 : cursor.at;
    // A second bracket is looked at when its turn comes: each character is passed over once.
    if (code === 0x5b) return cursor.at;
  }
  return cursor.at;
}
