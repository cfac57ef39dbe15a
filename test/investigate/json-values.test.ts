import { createValueCutter } from '../../src/investigate/json-values.ts';

interface Cut {
  readonly values: readonly string[];
  readonly tooLong: number;
}

function cut(chunks: Iterable<Buffer>, maxBytes = 1_000): Cut {
  const values: string[] = [];
  let tooLong = 0;
  const sink = { value: (text: string) => void values.push(text.trim()), tooLong: () => void (tooLong += 1) };
  const cutter = createValueCutter(sink, maxBytes);
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return { values, tooLong };
}

function* chunked(text: string, size: number): Generator<Buffer> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const blanks = '\n \r\n\t\n'.repeat(1_000);

test.each<[what: string, text: string, values: readonly string[]]>([
  ['nothing', '', []],
  ['blanks', blanks, []],
  ['lines behind blanks', `${blanks}{"a":1}\n${blanks}{"b":1}`, ['{"a":1}', '{"b":1}']],
  ['one value without an end of line', `${blanks}  {"a":1}`, ['{"a":1}']],
  [
    'a list over many lines behind blanks',
    `${blanks}  {\n"items": [\n{"a":1},${blanks}{"b":1}]}`,
    ['{"a":1}', '{"b":1}'],
  ],
  ['an array that begins on a line of its own', `${blanks}[\n{"a":1}]`, ['{"a":1}']],
])('%s', (_, text, values) => {
  for (const size of [1, 7, 100_000]) expect(cut(chunked(text, size))).toEqual({ values, tooLong: 0 });
});

test('many megabytes of blank lines cost one look each, and are not held', () => {
  const newlines = Buffer.alloc(64 * 1024, '\n');
  function* log(): Generator<Buffer> {
    for (let index = 0; index < 512; index += 1) yield newlines;
    yield Buffer.from('{"a":1}\n');
  }
  const before = performance.now();
  expect(cut(log())).toEqual({ values: ['{"a":1}'], tooLong: 0 });
  // To join what has come at each chunk would be 8 GiB of copies: minutes.
  expect(performance.now() - before).toBeLessThan(15_000);
});
