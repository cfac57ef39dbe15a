/* What a character means to a shell outside quotes. */

/** A part of a word. */
export const plain = 0;
export const blank = 1;
export const newline = 2;
/** `;` `&` `|` `(` `)` `<` `>`: ends a word. */
export const operator = 3;
/** `'` `"` `\` `$` and the backquote: a word goes on, in another way. */
export const quoting = 4;
/** `*` `?` `[` `{`: patterns and braces. */
export const pattern = 5;

const kinds = new Uint8Array(128);
const mark = (characters: string, kind: number): void => {
  for (const character of characters) kinds[character.charCodeAt(0)] = kind;
};
mark(' \t', blank);
mark('\n', newline);
mark(';&|()<>', operator);
mark('\'"\\$`', quoting);
mark('*?[{', pattern);

/** The kind of a character code; NaN, past the end of a text, is plain. */
export function kindOf(code: number): number {
  return code < 128 ? (kinds[code] ?? plain) : plain;
}

/** Whether the code may stand in the name of a variable, at its start or further on. */
export function isNameStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

export function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Index after the name that starts here; the same index where none does. */
export function endOfName(text: string, at: number): number {
  if (!isNameStart(text.charCodeAt(at))) return at;
  let end = at + 1;
  while (isNamePart(text.charCodeAt(end))) end += 1;
  return end;
}

/** Index of the first character from here on that is not a plain part of a word. */
export function endOfPlain(text: string, at: number): number {
  let end = at;
  while (end < text.length && kindOf(text.charCodeAt(end)) === plain) end += 1;
  return end;
}

/** The number that a text of decimal digits, with or without a sign, says; undefined for any other text. */
export function integerOf(text: string): number | undefined {
  const from = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
  if (from === text.length || text.length > 9) return undefined;
  for (let index = from; index < text.length; index += 1) {
    if (!isDigit(text.charCodeAt(index))) return undefined;
  }
  return Number(text);
}

/** Index after a `{`, `[` or `[[` that is a word of its own; the same index for any other word. */
export function endOfBracket(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code !== 0x7b && code !== 0x5b) return at;
  const after = code === 0x5b && text.charCodeAt(at + 1) === 0x5b ? at + 2 : at + 1;
  const kind = after < text.length ? kindOf(text.charCodeAt(after)) : newline;
  return kind > plain && kind < quoting ? after : at;
}
