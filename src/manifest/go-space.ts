// What Go's unicode.IsSpace takes for white space; `\s` has U+FEFF more and U+0085 less.
const space = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const spaces = new RegExp(`${space.source}*`, 'y');

export function isSpace(character: string): boolean {
  return space.test(character);
}

/** Offset of the first character from `at` on that is no white space. */
export function skipSpace(text: string, at: number): number {
  spaces.lastIndex = at;
  spaces.test(text);
  return spaces.lastIndex;
}
