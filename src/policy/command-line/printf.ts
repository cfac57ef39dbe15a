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
      while (isDigit(format.charCodeAt(at)) || '-+ #.*'.includes(format.charAt(at) || 'x')) at += 1;
      if (at - percent > maxSpecification) return undefined;
      const letter = format.charAt(at);
      if (letter === '%') printed += '%';
      else {
        let size = format.slice(percent + 1, at);
        for (; size.includes('*'); next += 1) size = size.replace('*', next < end ? words.text(next) : '0');
        const argument = next < end ? words.text(next) : '';
        next += 1;
        const sized = fitted(converted(letter, argument), size);
        if (sized === undefined || !reading.affords(sized.length, words.origin(from))) return undefined;
        printed += sized;
      }
      from = at + 1;
      if (from >= format.length) break;
    }
    if (next === before || next >= end) return printed;
    if (!reading.affords(format.length, words.origin(0))) return undefined;
  }
}

/** Nobody writes a longer one, from `%` to its letter. */
const maxSpecification = 24;

/** A wider column than this is none that a name stands in. */
const maxWidth = 256;

/** A value in the width, and cut to the length, that stand between `%` and its letter. */
function fitted(value: string, size: string): Text {
  if (size === '') return value;
  const [width = '', length] = size.split('.', 2);
  const columns = integerOf(width.replaceAll(/[-+ #]/g, '') || '0');
  const most = length === undefined ? value.length : integerOf(length || '0');
  if (columns === undefined || columns > maxWidth || most === undefined) return undefined;
  const cut = value.slice(0, most);
  return width.includes('-') ? cut.padEnd(columns) : cut.padStart(columns);
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
