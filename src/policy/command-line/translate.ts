import { unescaped } from './escapes.ts';
import type { Text } from './words.ts';

/** What `tr` makes of its input: `tr -d SET`, `tr SET SET`; undefined for what it cannot tell. */
export function translated(input: Text, words: readonly string[]): Text {
  if (input === undefined) return undefined;
  const deletes = words[0] === '-d';
  const [from, to] = (deletes ? words.slice(1) : words).map(members);
  if (from === undefined || words.length !== 2) return undefined;
  if (deletes) return Array.from(input, (character) => (from.includes(character) ? '' : character)).join('');
  if (to === undefined || to.length === 0) return undefined;
  const table = new Map<string, string>();
  from.forEach((character, index) => table.set(character, to[Math.min(index, to.length - 1)] ?? ''));
  return Array.from(input, (character) => table.get(character) ?? character).join('');
}

/** The characters of a set such as `a-zA-Z`; undefined for classes and for what is no short set. */
function members(set: string): readonly string[] | undefined {
  if (set.includes('[:') || set.includes('[=') || set.length > 256) return undefined;
  const text = unescaped(set);
  const characters: string[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const last = text.charCodeAt(index + 2);
    if (text.charAt(index + 1) !== '-' || Number.isNaN(last)) {
      characters.push(text.charAt(index));
      continue;
    }
    for (let code = text.charCodeAt(index); code <= last && characters.length < 512; code += 1) {
      characters.push(String.fromCharCode(code));
    }
    index += 2;
  }
  return characters;
}
