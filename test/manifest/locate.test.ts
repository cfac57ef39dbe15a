import fc from 'fast-check';
import type { FieldPath } from '../../src/policy/finding.ts';
import type { Position } from '../../src/manifest/read.ts';
import { readManifest } from '../../src/manifest/read.ts';

function locate(text: string, path: FieldPath, index = 0): string {
  const entry = [...readManifest(text)][index];
  if (entry?.ok !== true) throw new Error(`document ${index} was not read`);
  const { line, column } = entry.document.locate(path);
  return `${line}:${column}`;
}

const pod = `# a pod
apiVersion: v1
spec:
  containers:
  - name: app
    image: "x"   # c
    securityContext: {capabilities: {add: [A, NET_RAW]}}
  -   name: side
`;

test.each<[string, string, FieldPath, string]>([
  ['a key', pod, ['spec'], '3:1'],
  ['a nested key', pod, ['spec', 'containers'], '4:3'],
  ['a list element', pod, ['spec', 'containers', 0], '5:5'],
  ['a key in a compact list element', pod, ['spec', 'containers', 0, 'image'], '6:5'],
  ['an element of a flow list', pod, ['spec', 'containers', 0, 'securityContext', 'capabilities', 'add', 1], '7:47'],
  ['an element behind several blanks', pod, ['spec', 'containers', 1, 'name'], '8:7'],
  ['the nearest ancestor of a missing field', pod, ['spec', 'containers', 1, 'securityContext', 'capabilities'], '8:7'],
  ['the nearest ancestor of a missing element', pod, ['spec', 'containers', 7, 'name'], '4:3'],
  ['the document for a missing key at the top', pod, ['status'], '2:1'],
  ['the document for the empty path', pod, [], '2:1'],
  ['the winner of a key written twice', 'a: 1\nb: 2\na: 3\n', ['a'], '3:1'],
  ['the winner in JSON', '{"a": 1,\n "\\u0061": 2}', ['a'], '2:2'],
  ['a field behind an alias', 'x: &x\n  a: 1\nz: *x\n', ['z', 'a'], '2:3'],
  ['the key of an alias', 'x: &x\n  a: 1\nz: *x\n', ['z'], '3:1'],
  ['a merged field', 'x: &x\n  a: 1\nz:\n  <<: *x\n  b: 1\n', ['z', 'a'], '2:3'],
  ['a merged field that a later entry overrides', 'x: &x {a: 1}\nz:\n  <<: *x\n  a: 2\n', ['z', 'a'], '4:3'],
  ['a field that a later merge overrides', 'x: &x {a: 1}\nz:\n  a: 2\n  <<: *x\n', ['z', 'a'], '1:8'],
  ['the first of two merged mappings', '- &a {k: 1}\n- &b {k: 2}\n- {<<: [*a, *b]}\n', [2, 'k'], '1:7'],
  ['a key that is no string', 'true: {0x10: a}\n', ['true', '16'], '1:8'],
  ['an entry with tag and anchor', 'a:\n- !t &x b\n', ['a', 0], '2:3'],
  ['a key with a question mark', '? a\n: b\n', ['a'], '1:3'],
  ['UTF-16 columns', '{"😀": 1, "a": 2}', ['a'], '1:11'],
  ['Windows line ends', 'a: 1\r\nb:\r\n- c\r\n', ['b', 0], '3:3'],
  ['a text behind a byte order mark', '\ufeffa: 1', ['a'], '1:1'],
  ['the names of JavaScript', 'a: 1\n__proto__: {constructor: 2}\n', ['__proto__', 'constructor'], '2:13'],
])('%s', (_, text, path, expected) => expect(locate(text, path)).toBe(expected));

test('a later document has the lines of the file', () => {
  expect(locate('a: 1\n---\n# x\n---\nb: [1,\n  2]\n', ['b', 1], 1)).toBe('6:3');
  expect(locate('{"a": 1}\n{"b":\n {"c": 1}}', ['b', 'c'], 1)).toBe('3:3');
});

test('every path of a document is where its text is', () => {
  const leaf = fc.oneof(fc.constantFrom('alpha', 'beta', 'gamma'), fc.integer(), fc.boolean());
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,6}Key$/), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,6}Key$/), tree, { minKeys: 1 }),
      fc.constantFrom(0, 2),
      (value, indent) => {
        for (const text of [JSON.stringify(value, undefined, indent), blockYaml(value, '')]) {
          const [entry] = readManifest(text);
          if (entry?.ok !== true) throw new Error('not read');
          expect(entry.document.value).toEqual(value);
          const at = (position: Position): string =>
            (text.split('\n')[position.line - 1] ?? '').slice(position.column - 1);
          for (const [path, child] of paths(value, [])) {
            const step = path.at(-1);
            const written = at(entry.document.locate(path));
            if (typeof step === 'string') expect(written).toMatch(new RegExp(`^"?${step}"?:`));
            else if (typeof child !== 'object') expect(written.startsWith(JSON.stringify(child))).toBe(true);
            else expect(written).toMatch(/^["[{\]}a-z-]/);
          }
        }
      },
    ),
  );
});

function* paths(value: unknown, path: FieldPath): Generator<[FieldPath, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    yield [[...path, step], child];
    yield* paths(child, [...path, step]);
  }
}

function blockYaml(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return `${JSON.stringify(value)}\n`;
  const entries = Object.entries(value);
  if (entries.length === 0) return Array.isArray(value) ? '[]\n' : '{}\n';
  const lines = entries.map(([key, child]) => {
    const isNested = typeof child === 'object' && child !== null && Object.keys(child as object).length > 0;
    const head = Array.isArray(value) ? `${indent}-` : `${indent}${key}:`;
    return `${head}${isNested ? '\n' : ' '}${blockYaml(child, `${indent}  `)}`;
  });
  return lines.join('');
}
