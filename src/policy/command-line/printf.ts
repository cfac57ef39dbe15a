import { integerOf, isDigit } from './characters.ts';
import { unescaped } from './escapes.ts';
import type { Reading } from './reading.ts';
import type { Text, Words } from './words.ts';

/** What `printf FORMAT ARGUMENTS` prints: the format again and again until the arguments are used up. */
export function formatted(reading: Reading, words: Words, from: number, end: number): Text {
  if (from >= end) return '';
  const format = words.text(from);
  let printed = '';
  let next = from + 1;
  for (;;) {
    const before = next;
    let from = 0;
    for (;;) {
      const percent = format.indexOf('%', from);
      printed += unescaped(format.slice(from, percent < 0 ? undefined : percent));
      if (percent < 0) break;
      let at = percent + 1;
      while (isDigit(format.charCodeAt(at)) || '-+ #.'.includes(format.charAt(at) || 'x')) at += 1;
      const letter = format.charAt(at);
      if (letter === '%') printed += '%';
      else {
        const argument = next < end ? words.text(next) : '';
        next += 1;
        if (!reading.affords(argument.length, words.origin(from))) return undefined;
        printed += converted(letter, argument);
      }
      from = at + 1;
      if (from >= format.length) break;
    }
    if (next === before || next >= end) return printed;
    if (!reading.affords(format.length, words.origin(0))) return undefined;
  }
}

function converted(letter: string, argument: string): string {
  if (letter === 'b') return unescaped(argument);
  if (letter === 'c') return argument.charAt(0);
  const number = integerOf(argument);
  if (number === undefined) return argument;
  if (letter === 'x') return number.toString(16);
  if (letter === 'X') return number.toString(16).toUpperCase();
  if (letter === 'o') return number.toString(8);
  return argument;
}
