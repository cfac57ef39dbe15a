import { blank, kindOf, newline } from './characters.ts';
import { unknownText } from './markers.ts';

/** More values than this of one variable are not told apart. */
export const maxValues = 32;
/** More than these are told apart by their first words only, and so are a few that are longer together. */
const manyValues = 8;
const fewValues = 4;
const maxLength = 2048;
/** A first word that is longer is not looked at to its end, at each of many changes: its value stands by itself. */
const maxFirstWord = 64;

/** The values that a variable may have of either list, each once; what becomes too much is told apart by its first words only. */
export function joinedValues(before: readonly string[], added: readonly string[]): readonly string[] {
  const fresh = added.filter((value, index) => !before.includes(value) && added.indexOf(value) === index);
  if (fresh.length === 0) return before;
  const values = [...before, ...fresh];
  return values.length > fewValues && isTooMuch(values) ? widened(values) : values;
}

function isTooMuch(values: readonly string[]): boolean {
  return values.length > manyValues || values.reduce((sum, { length }) => sum + length, 0) > maxLength;
}

/** Values with the same first word become one, with what follows out of sight where they part; beside them anything may stand. */
function widened(values: readonly string[]): readonly string[] {
  const byFirstWord = new Map<string, string>();
  for (const value of values) {
    if (value.startsWith(unknownText)) continue;
    const head = firstWordOf(value) ?? value;
    const known = byFirstWord.get(head);
    byFirstWord.set(head, known === undefined ? value : commonBeginning(known, value, head));
  }
  const apart = [...byFirstWord.values()];
  return apart.length === values.length && apart.length <= maxValues
    ? values
    : [...apart.slice(0, maxValues), unknownText];
}

/** Whether what is added to one of these, again and again, may still change what it begins with. */
export function mayGrow(values: readonly string[]): boolean {
  return values.some((value) => {
    const word = value.trimStart();
    return firstWordOf(word) === word;
  });
}

/** Undefined where it is too long. */
function firstWordOf(value: string): string | undefined {
  let end = 0;
  while (end < value.length && !separates(value.charCodeAt(end))) {
    if (end === maxFirstWord) return undefined;
    end += 1;
  }
  return value.slice(0, end);
}

function separates(code: number): boolean {
  const kind = kindOf(code);
  return kind === blank || kind === newline;
}

function commonBeginning(one: string, other: string, head: string): string {
  let end = head.length;
  while (end < one.length && one.charAt(end) === other.charAt(end)) end += 1;
  // The first word is known to end where it does.
  return end === head.length ? `${head} ${unknownText}` : one.slice(0, end) + unknownText;
}
