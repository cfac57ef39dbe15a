import type { ManifestEncoding } from '../../src/manifest/bytes.ts';
import { encodeManifestText, manifestEncoding } from '../../src/manifest/bytes.ts';
import { decodeManifestBytes, ManifestDecodeError, readManifest } from '../../src/manifest/read.ts';
import type { ManifestEntry } from '../../src/manifest/read.ts';

/** One line for each entry: its value as JSON, or where its error stands and what it says. */
function summary(text: string): string[] {
  return [...readManifest(text)].map((entry) => {
    if (entry.ok) return JSON.stringify(entry.document.value);
    const { line, column } = entry.error.position;
    return `${line}:${column} ${entry.error.message}`;
  });
}

describe('what the API server would receive', () => {
  test.each([
    ['a: yes\nb: "yes"\nc: 0x1f\nd: 010', ['{"a":true,"b":"yes","c":31,"d":8}']],
    ['a: 1\na: 2', ['{"a":2}']],
    [
      'base: &b {hostPID: true}\nspec:\n  hostPID: false\n  <<: *b',
      ['{"base":{"hostPID":true},"spec":{"hostPID":true}}'],
    ],
    ['a: 1\u0085hostNetwork: true', ['{"a":1,"hostNetwork":true}']],
    ['a: 1\n...\nb: 2', ['{"a":1}']],
    ['# nothing\n---\n---\na: 1\n---\n~\n', ['{"a":1}']],
    ['{"a":1}{"a":2}\n{"a":"\\ud800"}', ['{"a":1}', '{"a":2}', '{"a":"\ufffd"}']],
    ['x: !!binary aG9zdA==', ['{"x":"host"}']],
  ])('%j', (text, expected) => expect(summary(text)).toEqual(expected));

  test('a name that is dear to JavaScript is an own field, and no prototype changes', () => {
    for (const text of ['__proto__: {a: 1}\nconstructor: {b: 2}', '{"__proto__": {"a": 1}, "constructor": {"b": 2}}']) {
      const [entry] = readManifest(text);
      const value = entry?.ok === true ? entry.document.value : undefined;
      expect(Object.entries(value ?? {})).toEqual([
        ['__proto__', { a: 1 }],
        ['constructor', { b: 2 }],
      ]);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    }
  });
});

describe('a broken document', () => {
  test.each([
    ['a: 1\n---\nb:\n\tc: 1\n---\nd: 1', ['{"a":1}', '4:1 a tab cannot be used to indent', '{"d":1}']],
    ['a: b: c', ["1:5 a ': ' cannot stand here; quote the text, or check the indentation"]],
    ['a:\n  - b\n c: d', ['3:2 a key cannot stand among these keys; is the indentation right?']],
    ['a: "b\nc: d\n---\ne: 1', ['1:4 a quoted text is not closed before the end of the file', '{"e":1}']],
    ['a: [b, c\nd: e', ["2:2 ',' or ']' is missing before ':'"]],
    ['a: *b', ['1:4 the anchor &b of this alias is not defined above it']],
    ['a: @b', ['1:4 a value cannot begin with @; quote it']],
    ['a: 1\n--- b\nc: 1', ["2:1 only a comment may follow '---' on its line", '{"c":1}']],
    [
      '%YAML 1.2\n---\na: 1',
      ["1:1 %YAML 1.2: the API server's reader takes version 1.1 only; remove the directive", '{"a":1}'],
    ],
    ['a: \u0007', ['1:4 the control character U+0007 cannot stand in YAML']],
    ['a: .nan', ['1:4 JSON has no infinity and no NaN; quote the text']],
    ['a: !!int x', ['1:4 the tag !!int does not fit this text']],
    ['<<: 1', ["1:5 '<<' takes a mapping or a list of mappings"]],
    ['{"a": 1,\n "b": [1, 2}', ["2:12 ',' or ']' is missing before '}'"]],
    ['{"a": 1,\n @}', ['2:2 a value cannot begin with @; quote it']],
    [
      '{"a":1}\n{"b":2}\nc: 3\n---\nd: 4',
      [
        '{"a":1}',
        '{"b":2}',
        '3:1 JSON: a JSON value is expected here; behind two JSON values only JSON may follow',
        '{"d":4}',
      ],
    ],
    ['\ufeffa: b: c', ["1:5 a ': ' cannot stand here; quote the text, or check the indentation"]],
  ])('%j', (text, expected) => expect(summary(text)).toEqual(expected));
});

describe('hostile text', () => {
  const bomb = `a: &a [${'x,'.repeat(9)}x]\n${Array.from('bcdefghijk', (name, at) => `${name}: &${name} [${`*${'abcdefghij'.charAt(at)},`.repeat(10)}]\n`).join('')}`;
  test.each([
    ['open lists', 'a: ' + '['.repeat(100_000), 'more than 256 lists and mappings stand in each other'],
    ['lists', 'a: ' + '['.repeat(10_000) + ']'.repeat(10_000), 'more than 256 lists and mappings stand in each other'],
    ['mappings', '{a: '.repeat(10_000), 'more than 256 lists and mappings stand in each other'],
    ['dashes', '- '.repeat(10_000), 'more than 256 lists and mappings stand in each other'],
    ['JSON', '{"a":'.repeat(100_000), 'more than 256 lists and mappings stand in each other'],
    ['aliases', bomb, 'too much of the document comes from aliases'],
    [
      'merges',
      bomb.replaceAll('[', '{<<: [').replaceAll(']', ']}').replace('x,x,x,x,x,x,x,x,x,x', '{x: 1}'),
      'too much of the document comes from aliases',
    ],
    ['an anchor in itself', 'a: &a [*a]', 'the anchor &a contains itself'],
  ])('%s', (_, text, message) => {
    expect([...readManifest(text)].map((entry) => (entry.ok ? 'read' : entry.error.message))).toEqual([message]);
  });

  test.each([
    ['255 lists', `${'- '.repeat(255)}a`],
    ['255 JSON lists', `{"a":${'['.repeat(254)}${']'.repeat(254)}}`],
    ['a text of 2 MB', `a: ${'x '.repeat(1_000_000)}`],
    ['a block text of 2 MB', `a: |\n${'  x\n'.repeat(500_000)}`],
    ['a JSON text of 2 MB', `{"a":"${'x\\n'.repeat(700_000)}"}`],
    ['a word of 10 MB', `a: ${'x'.repeat(10_000_000)}`],
  ])('%s is read', (_, text) => expect(Array.from(readManifest(text), ({ ok }) => ok)).toEqual([true]));

  test('100,000 documents are read one at a time', () => {
    const entries: Iterator<ManifestEntry> = readManifest('a: 1\n---\n'.repeat(100_000));
    let count = 0;
    while (entries.next().done !== true) count += 1;
    expect(count).toBe(100_000);
  });
});

describe('bytes', () => {
  const bytes = (...codes: number[]): Uint8Array => Uint8Array.from(codes);
  test.each<[ManifestEncoding, Uint8Array, string]>([
    ['utf-8', bytes(0x61, 0xc3, 0xa9), 'a\u00e9'],
    ['utf-8', bytes(0xef, 0xbb, 0xbf, 0x61), '\ufeffa'],
    ['utf-16le', bytes(0xff, 0xfe, 0x61, 0, 0x3d, 0xd8, 0, 0xde), '\ufeffa\u{1f600}'],
    ['utf-16be', bytes(0xfe, 0xff, 0, 0x61, 0xd8, 0x3d, 0xde, 0), '\ufeffa\u{1f600}'],
  ])('%s is read and written back', (encoding, written, text) => {
    expect(manifestEncoding(written)).toBe(encoding);
    expect(decodeManifestBytes(written)).toBe(text);
    expect(Buffer.from(encodeManifestText(text, encoding))).toEqual(Buffer.from(written));
  });
  test.each([
    [
      'Latin-1',
      bytes(0x61, 0x0a, 0x62, 0x0a, 0xe9, 0x0a, 0x63),
      'the file is not UTF-8 text (line 3); save it as UTF-8',
    ],
    ['a surrogate', bytes(0xed, 0xa0, 0x80), 'the file is not UTF-8 text (line 1); save it as UTF-8'],
    ['a cut-off character', bytes(0x61, 0x0a, 0xe2, 0x82), 'the file is not UTF-8 text (line 2); save it as UTF-8'],
  ])('%s is refused', (_, text, message) => {
    expect(() => decodeManifestBytes(text)).toThrow(new ManifestDecodeError(message));
  });
});
