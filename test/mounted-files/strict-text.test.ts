import { strictText } from '../../src/mounted-files/strict-text.ts';

/** Around the length from which on a text is decoded in pieces. */
const border = 512 * 1024;
const characters = ['a', '\u00e9', '\u20ac', '\u{1f600}', '\u2028'];

describe.each([0, 1, 2, 3, 4])('with %i bytes before it', (before) => {
  test.each(characters)('%j is one character wherever a piece ends', (character) => {
    for (const around of [10, border - 4, 2 * border - 4]) {
      const text = `${'x'.repeat(around + before)}${character.repeat(4)}tail`;
      expect(strictText(Buffer.from(text)) === text).toBe(true);
    }
  });
});

test.each([0, border, 2 * border])(
  'a byte order mark is no part of a text, and within one a character: %i bytes',
  (size) => {
    const text = 'x'.repeat(size);
    expect(strictText(Buffer.from(`\ufeff${text}`)) === text).toBe(true);
    expect(strictText(Buffer.from(`${text}a\ufeffb`)) === `${text}a\ufeffb`).toBe(true);
  },
);

test.each([
  ['a byte that begins nothing', [0xff]],
  ['a character that is cut off', [0xe2, 0x82]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
])('%s is no text, wherever it stands', (_, wrong) => {
  for (const size of [0, 10, border - 1, border, border + 1]) {
    const bytes = Buffer.concat([Buffer.alloc(size, 'x'), Buffer.from(wrong)]);
    expect(() => strictText(bytes)).toThrow(/not valid/);
    expect(() => strictText(Buffer.concat([bytes, Buffer.alloc(border, 'x')]))).toThrow(/not valid/);
  }
  // What was wrong before does not reach into the next text.
  expect(strictText(Buffer.from('fine'))).toBe('fine');
});
