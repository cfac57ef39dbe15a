import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { editManifest } from '../../src/manifest/edit.ts';
import type { PatchOperation } from '../../src/policy/json-patch.ts';
import { readManifest } from '../../src/manifest/read.ts';
import type { FieldPath } from '../../src/policy/finding.ts';
import { arbitraryYaml } from './arbitrary-yaml.ts';

const name = fc.constantFrom('a', 'b', 'spec', 'drop', 'x/y', 'm~n', 'yes', '1');
const leaf = fc.constantFrom<unknown>(
  'NET_RAW',
  'yes',
  '',
  ' a ',
  'a: b',
  '# c',
  "it's",
  'two\nlines',
  '\u2028',
  '😀',
  true,
  false,
  null,
  0,
  1.5,
  'NaN',
  '0x1f',
  '---',
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 3 }),
  ),
}));
const choice = fc.record({
  op: fc.constantFrom('add', 'replace', 'remove'),
  at: fc.nat(),
  name,
  atEnd: fc.boolean(),
  value: json,
});
type Choice = typeof choice extends fc.Arbitrary<infer Value> ? Value : never;

/** Operations that fit a value, each chosen with the earlier ones made; and the value with all of them made by another library. */
function operationsFor(
  value: unknown,
  choices: readonly Choice[],
): { operations: PatchOperation[]; expected: unknown } {
  let current: unknown = JSON.parse(JSON.stringify(value));
  const operations: PatchOperation[] = [];
  for (const { op, at, name: added, atEnd, value: newValue } of choices) {
    const containers = [...containersOf(current, [])];
    const [path, container] = containers[at % Math.max(containers.length, 1)] ?? [];
    if (path === undefined || container === undefined) break;
    const keys = Object.keys(container);
    const known = keys[at % Math.max(keys.length, 1)];
    let step: string | number | undefined = op === 'add' && !Array.isArray(container) ? added : known;
    if (Array.isArray(container) && op === 'add') step = atEnd ? '-' : (known ?? '-');
    if (step === undefined || step === '__proto__') continue;
    if (Array.isArray(container) && step !== '-') step = Number(step);
    const operation: PatchOperation = { op, path: [...path, step], ...(op === 'remove' ? {} : { value: newValue }) };
    const pointer = operation.path
      .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
    const patched = jsonPatch.applyPatch(
      current,
      [{ ...operation, path: pointer } as jsonPatch.Operation],
      true,
      false,
    );
    current = patched.newDocument;
    operations.push(operation);
  }
  return { operations, expected: current };
}

function* containersOf(value: unknown, path: FieldPath): Generator<[FieldPath, object]> {
  if (typeof value !== 'object' || value === null) return;
  yield [path, value];
  for (const [key, child] of Object.entries(value)) {
    if (key === '__proto__') continue;
    yield* containersOf(child, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

const values = (text: string): unknown[] =>
  Array.from(readManifest(text), (entry) => (entry.ok ? entry.document.value : entry.error.message));

test('an edit without operations leaves the text as it is', () => {
  fc.assert(
    fc.property(arbitraryYaml, (text) => {
      const edits = values(text).map((_, documentIndex) => ({ documentIndex, operations: [] }));
      expect(editManifest(text, edits)).toEqual({ ok: true, text });
    }),
  );
});

/** Edits the first document; gives what was refused, if anything was. */
function refusalOf(text: string, choices: readonly Choice[]): string | undefined {
  const [first, ...others] = readManifest(text);
  if (first?.ok !== true) return undefined;
  const { operations, expected } = operationsFor(first.document.value, choices);
  const result = editManifest(text, [{ documentIndex: 0, operations }]);
  if (!result.ok) {
    expect(result.text).toBe(text);
    return `${JSON.stringify(operations)} on ${text}: ${result.reason}`;
  }
  const [edited, ...rest] = values(result.text);
  expect(edited).toEqual(expected);
  expect(rest).toEqual(others.map((entry) => (entry.ok ? entry.document.value : entry.error.message)));
  return undefined;
}

test('an edited text reads as another library applies the operations', () => {
  const choices = fc.array(choice, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(arbitraryYaml, choices, (text, made) => void refusalOf(text, made)),
    { numRuns: 1500 },
  );
});

test('edits of plain manifests are hardly ever refused', () => {
  const layouts = fc.constantFrom(
    (value: unknown) => JSON.stringify(value),
    (value: unknown) => JSON.stringify(value, undefined, 2),
    (value: unknown) => `${JSON.stringify(value, undefined, 4)}\n`,
  );
  const refused: string[] = [];
  const root = fc.dictionary(name, json, { minKeys: 1 });
  fc.assert(
    fc.property(root, layouts, fc.array(choice, { minLength: 1, maxLength: 3 }), (value, layout, made) => {
      const text = layout(value);
      const refusal = refusalOf(text, made);
      if (refusal !== undefined) refused.push(refusal);
    }),
    { numRuns: 1000 },
  );
  expect(refused).toEqual([]);
});
