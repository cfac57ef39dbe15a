import { kindOf, integerOf, newline, blank, operator } from './characters.ts';
import type { Cursor } from './cursor.ts';
import type { Shell } from './shell.ts';

/** What braces may make of one word; more words than this are no command that anybody wrote. */
const maxWords = 512;
const maxNesting = 64;
const maxWordSize = 65_536;

/**
 * The words that brace expansion makes of the raw word at the cursor, which it then passes; undefined, with the cursor
 * where it was, for a word without a brace expression.
 * Source: bash manual, 3.5.1 Brace Expansion. Shells without it run the word as it stands, which is no tool's name.
 */
export function bracesOf(shell: Shell, cursor: Cursor): readonly string[] | undefined {
  const start = cursor.at;
  const end = endOfBracedWord(cursor.text, start);
  if (end < 0) return undefined;
  if (end - start > maxWordSize) {
    shell.reading.exhausted(shell.origin);
    return undefined;
  }
  const raw = cursor.text.slice(start, end);
  const words: string[] = [];
  // What is left of too many words still begins with the command.
  if (!expand(raw, words, { shell, left: maxWords }, 0) && words.length === 0) return undefined;
  cursor.at = end;
  return words;
}

interface Limits {
  readonly shell: Shell;
  left: number;
}

/** Adds what the raw word expands to; false for a word that braces leave as it is, or that grows too large. */
function expand(raw: string, words: string[], limits: Limits, depth: number): boolean {
  const brace = findBrace(raw);
  if (brace === undefined) {
    words.push(raw);
    return depth > 0;
  }
  if (depth >= maxNesting) {
    limits.shell.reading.exhausted(limits.shell.origin);
    return false;
  }
  for (const item of brace.items) {
    const word = raw.slice(0, brace.from) + item + raw.slice(brace.end);
    limits.left -= 1;
    if (limits.left < 0 || !limits.shell.reading.affords(word.length, limits.shell.origin)) return false;
    expand(word, words, limits, depth + 1);
  }
  return true;
}

interface Brace {
  readonly from: number;
  readonly end: number;
  readonly items: readonly string[];
}

/** The first brace expression of the raw word. */
function findBrace(raw: string): Brace | undefined {
  const opens: { at: number; commas: number[] }[] = [];
  let found: Brace | undefined;
  for (let at = 0; at < raw.length; at = nextUnquoted(raw, at)) {
    const character = raw.charAt(at);
    if (character === '{' && raw.charAt(at - 1) !== '$') opens.push({ at, commas: [] });
    else if (character === ',') opens.at(-1)?.commas.push(at);
    else if (character === '}') {
      const open = opens.pop();
      if (open === undefined) continue;
      const items = itemsOf(raw, open.at, at, open.commas);
      if (items === undefined) continue;
      found = { from: open.at, end: at + 1, items };
      if (opens.length === 0) return found;
    }
  }
  return found;
}

function itemsOf(raw: string, open: number, close: number, commas: readonly number[]): string[] | undefined {
  if (commas.length === 0) return sequence(raw.slice(open + 1, close));
  const bounds = [open, ...commas, close];
  return bounds.slice(1).map((bound, index) => raw.slice((bounds[index] ?? open) + 1, bound));
}

/** `a..c` and `1..3`. */
function sequence(body: string): string[] | undefined {
  const parts = body.split('..', 3);
  const [first = '', last = ''] = parts;
  if (parts.length !== 2 || body.length > 24) return undefined;
  const numbers = integerOf(first) !== undefined && integerOf(last) !== undefined;
  if (!numbers && (first.length !== 1 || last.length !== 1)) return undefined;
  const from = numbers ? Number(first) : first.charCodeAt(0);
  const to = numbers ? Number(last) : last.charCodeAt(0);
  if (Math.abs(to - from) >= maxWords) return undefined;
  const step = to < from ? -1 : 1;
  const items: string[] = [];
  for (let value = from; value !== to + step; value += step) {
    items.push(numbers ? String(value) : String.fromCharCode(value));
  }
  return items;
}

/** Index of the next character that no quote and no expansion covers. */
function nextUnquoted(raw: string, at: number): number {
  const code = raw.charCodeAt(at);
  if (code === 0x5c) return at + 2;
  const quote = code === 0x27 || code === 0x22 || code === 0x60 ? raw.charAt(at) : '';
  if (quote !== '') return afterQuote(raw, at, quote);
  if (code !== 0x24) return at + 1;
  const next = raw.charAt(at + 1);
  if (next === '{') return afterNested(raw, at + 2, 0x7b, 0x7d);
  if (next === '(') return afterNested(raw, at + 2, 0x28, 0x29);
  return at + 1;
}

/** Index after the expansion whose inside starts here; quotes in it may hold what would close it. */
function afterNested(raw: string, from: number, open: number, close: number): number {
  const furthest = Math.min(raw.length, from + maxWordSize);
  let depth = 1;
  let at = from;
  while (at < furthest) {
    const code = raw.charCodeAt(at);
    if (code === 0x27 || code === 0x22) {
      at = afterQuote(raw, at, raw.charAt(at));
      continue;
    }
    at += code === 0x5c ? 2 : 1;
    if (code === open) depth += 1;
    else if (code === close) {
      depth -= 1;
      if (depth === 0) break;
    }
  }
  return at;
}

function afterQuote(raw: string, at: number, quote: string): number {
  let end = at + 1;
  while (end < raw.length && raw.charAt(end) !== quote) end += raw.charAt(end) === '\\' && quote !== "'" ? 2 : 1;
  return end + 1;
}

/**
 * Index after the raw word at `start`; -1 where no brace in it closes, so that most words are looked at once and no
 * further. Quotes and expansions inside count as one piece each.
 */
function endOfBracedWord(text: string, start: number): number {
  let opened = false;
  let closed = false;
  let at = start;
  while (at < text.length) {
    if (at - start > maxWordSize) return opened ? at : -1;
    const kind = kindOf(text.charCodeAt(at));
    if (kind === blank || kind === newline || kind === operator) break;
    const code = text.charCodeAt(at);
    if (code === 0x7b) opened = true;
    else if (code === 0x7d && opened) closed = true;
    at = nextUnquoted(text, at);
  }
  return closed ? Math.min(at, text.length) : -1;
}
