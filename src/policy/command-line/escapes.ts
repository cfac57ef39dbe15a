import { isDigit } from './characters.ts';

const single: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\x07'],
  ['b', '\b'],
  ['e', '\x1b'],
  ['E', '\x1b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['?', '?'],
]);

/**
 * Reads backslash escapes: those of `$'..'` in bash, which hold those of `echo -e` and `printf`.
 * With `quotes` false, a backslash before a quote stays, as echo has it.
 * Source: bash manual, 3.1.2.4 ANSI-C Quoting.
 */
export function unescaped(text: string, quotes = true): string {
  let at = text.indexOf('\\');
  if (at < 0) return text;
  let result = text.slice(0, at);
  while (at < text.length) {
    if (text.charAt(at) !== '\\') {
      const next = text.indexOf('\\', at);
      const end = next < 0 ? text.length : next;
      result += text.slice(at, end);
      at = end;
      continue;
    }
    const letter = text.charAt(at + 1);
    const simple = single.get(letter);
    const isQuote = letter === "'" || letter === '"' || letter === '?';
    if (simple !== undefined && (quotes || !isQuote)) {
      result += simple;
      at += 2;
      continue;
    }
    const [value, end] = numeric(text, at + 1, letter);
    result += value;
    at = end;
  }
  return result;
}

/** Reads the escape that starts with this letter at `at`: its text, and the index after it. */
function numeric(text: string, at: number, letter: string): [string, number] {
  if (letter === 'x') return codeFrom(text, at + 1, 16, 2, `\\${letter}`);
  if (letter === 'u') return codeFrom(text, at + 1, 16, 4, `\\${letter}`);
  if (letter === 'U') return codeFrom(text, at + 1, 16, 8, `\\${letter}`);
  if (letter === 'c') return [String.fromCharCode(text.charCodeAt(at + 1) & 0x1f), at + 2];
  // echo -e and printf %b write \0NNN, $'..' and printf's format \NNN.
  if (letter === '0') return codeFrom(text, at, 8, 4, '\\0');
  if (isDigit(letter.charCodeAt(0))) return codeFrom(text, at, 8, 3, '\\');
  return [`\\${letter}`, at + letter.length];
}

function codeFrom(text: string, from: number, base: number, most: number, otherwise: string): [string, number] {
  let end = from;
  let code = 0;
  while (end < from + most) {
    const digit = Number.parseInt(text.charAt(end), base);
    if (Number.isNaN(digit)) break;
    code = code * base + digit;
    end += 1;
  }
  if (end === from) return [otherwise, from];
  return [code <= 0x10ffff ? String.fromCodePoint(code) : '', end];
}
