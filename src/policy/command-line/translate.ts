import { unescaped } from './escapes.ts';
import type { Text } from './words.ts';

/** What `tr` makes of its input: `tr -d SET`, `tr SET SET`; undefined for what it cannot tell. */
export function translated(input: Text, words: readonly string[]): Text {
  if (input === undefined) return undefined;
  const option = words[0]?.startsWith('-') === true && words.length > 1 ? words[0] : '';
  const [from, to, ...more] = (option === '' ? words : words.slice(1)).map(members);
  if (from === undefined || more.length > 0) return undefined;
  if (option === '-s') return to === undefined ? squeezed(input, from) : undefined;
  if (option !== '' && (option !== '-d' || to !== undefined)) return undefined;
  if (option === '-d') {
    const deleted = new Set(from);
    return Array.from(input, (character) => (deleted.has(character) ? '' : character)).join('');
  }
  if (to === undefined || to.length === 0) return undefined;
  const table = new Map<string, string>();
  from.forEach((character, index) => table.set(character, to[Math.min(index, to.length - 1)] ?? ''));
  return Array.from(input, (character) => table.get(character) ?? character).join('');
}

/** Several of one of these characters in a row become one. */
function squeezed(input: string, from: readonly string[]): string {
  const squeezes = new Set(from);
  let last = '';
  return Array.from(input, (character) => {
    const repeats = character === last && squeezes.has(character);
    last = character;
    return repeats ? '' : character;
  }).join('');
}

const classes: readonly (readonly [name: string, range: string])[] = [
  ['[:upper:]', 'A-Z'],
  ['[:lower:]', 'a-z'],
  ['[:digit:]', '0-9'],
  ['[:alpha:]', 'A-Za-z'],
  ['[:alnum:]', '0-9A-Za-z'],
  ['[:blank:]', ' \t'],
  ['[:space:]', ' \t-\r'],
];

/** The characters of a set such as `a-zA-Z`; undefined for rare classes and for what is no short set. */
function members(set: string): readonly string[] | undefined {
  if (set.length > 256) return undefined;
  const plain = classes.reduce((text, [name, range]) => text.replace(name, range), set);
  if (plain.includes('[:') || plain.includes('[=')) return undefined;
  const text = unescaped(plain);
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
