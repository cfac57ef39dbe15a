import fc from 'fast-check';

const plain = fc.constantFrom(
  'a',
  'b c',
  'yes',
  'n',
  '~',
  'null',
  '0x1f',
  '010',
  '1_0',
  '-1',
  '.5',
  '1e3',
  '.nan',
  '2001-01-01',
  '<<',
  'x#y',
  'a:b',
  '-x',
  '?y',
  'é',
  '😀',
  'hostNetwork',
  'true',
);
const quoted = fc.constantFrom(
  '"a"',
  '"b\\n\\u0041"',
  "'c''d'",
  '""',
  "'yes'",
  '"<<"',
  '"x\\\n   y"',
  '"a\n\n   b "',
  "'p\n   q'",
);
const tag = fc.constantFrom(
  '',
  '',
  '',
  '',
  '!!str ',
  '!!int ',
  '!!float ',
  '!!bool ',
  '!!null ',
  '!t ',
  '! ',
  '!!binary ',
);
const anchor = fc.constantFrom('', '', '', '&x ', '&y ');
const alias = fc.constantFrom('*x', '*y');
const comment = fc.constantFrom('', '', '', ' # c', '  #', '# c');
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'spec', 'hostPID') },
  plain,
  quoted,
  fc.constantFrom('<<', '1', '1.5', '? q', '*x '),
);

/** Text of a block value, its lines beginning with `\n` and the indentation that the caller chooses. */
const { value, flow } = fc.letrec<{
  value: string;
  flow: string;
  scalar: string;
  blockText: string;
  mapping: string;
  list: string;
}>((tie) => ({
  scalar: fc.oneof(
    fc.tuple(anchor, tag, fc.oneof(plain, quoted)).map((parts) => parts.join('')),
    alias,
  ),
  flow: fc.oneof(
    { depthSize: 'small' },
    tie('scalar'),
    fc
      .tuple(anchor, fc.array(tie('flow'), { maxLength: 3 }), fc.constantFrom(', ', ',', ',\n '))
      .map(([name, items, comma]) => `${name}[${items.join(comma)}]`),
    fc
      .tuple(anchor, fc.array(fc.tuple(key, tie('flow')), { maxLength: 3 }))
      .map(([name, entries]) => `${name}{${entries.map((entry) => entry.join(': ')).join(', ')}}`),
  ),
  blockText: fc
    .tuple(
      fc.constantFrom('|', '>', '|-', '>+', '|2', '>1-', '|+ # c'),
      fc.array(fc.constantFrom('  x', '   y z', '', '  - a', '  # b', '    '), { maxLength: 5 }),
    )
    .map(([header, lines]) => [header, ...lines].join('\n')),
  mapping: fc
    .tuple(
      fc.constantFrom('', '&x', '!!map', '&y !t'),
      fc.array(fc.tuple(key, tie('value'), comment), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1, 2, 4),
    )
    .map(
      ([head, entries, columns]) =>
        head +
        entries
          .map(([name, text, end]) => `\n${name}:${text}${end}`)
          .join('')
          .replaceAll('\n', `\n${' '.repeat(columns)}`),
    ),
  list: fc
    .tuple(fc.array(tie('value'), { minLength: 1, maxLength: 3 }), fc.constantFrom(0, 2))
    .map(([items, columns]) =>
      items
        .map((item) => `\n-${item.replaceAll('\n', '\n  ').replace(/^\n +/, ' ')}`)
        .join('')
        .replaceAll('\n', `\n${' '.repeat(columns)}`),
    ),
  value: fc.oneof(
    { depthSize: 'small' },
    tie('flow').map((text) => ` ${text}`),
    fc.constant(''),
    tie('blockText').map((text) => ` ${text}`),
    tie('mapping'),
    tie('list'),
  ),
}));

/** Text that is nearly always YAML, made of what readers disagree about. */
export const arbitraryYaml: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('', '---\n', '# c\n', '%YAML 1.1\n---\n', '...\n'), fc.oneof(value, flow)), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.constantFrom('\n', '', '\r\n'),
  )
  .map(
    ([documents, end]) =>
      documents
        .map(
          ([start, text]) =>
            `${start}a: 1\nx: &x {k: 1}\ny: &y [2]\nz:${text.startsWith('\n') || text.startsWith(' ') ? text : ` ${text}`}\n`,
        )
        .join('---\n') + end,
  )
  .map((text) => text.toWellFormed());

const scraps = [
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\t',
  ':',
  ': ',
  '- ',
  '-',
  '?',
  '? ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '#',
  ' #',
  '&a ',
  '*a',
  '!',
  '!!str ',
  '|',
  '>',
  '|+\n',
  '"',
  "'",
  '%',
  '@',
  '`',
  '\r',
  '\r\n',
  '\u0085',
  '\u2028',
  '---\n',
  '...\n',
  '<<: ',
  '0x1f',
  '~',
  'yes',
  '\\',
  '\\x41',
  '\\\n',
  'é',
  '😀',
  '{}',
  '[]',
  '""',
  '\\/',
];

/** One of the texts, with a few scraps put in or cut out anywhere. */
export function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const cut = fc.record({ at: fc.nat(), put: fc.constantFrom(...scraps), drop: fc.integer({ min: 0, max: 3 }) });
  return fc.tuple(fc.constantFrom(...texts), fc.array(cut, { minLength: 1, maxLength: 4 })).map(([text, cuts]) => {
    let result = text;
    for (const { at, put, drop } of cuts) {
      const place = at % (result.length + 1);
      result = result.slice(0, place) + put + result.slice(place + drop);
    }
    return result.toWellFormed();
  });
}
