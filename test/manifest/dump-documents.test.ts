import fc from 'fast-check';
import { Readable } from 'node:stream';
import type { UnreadPart } from '../../src/manifest/documents-of.ts';
import type { HeldSizes } from '../../src/manifest/dump-documents.ts';
import { dumpDocuments } from '../../src/manifest/dump-documents.ts';
import type { ManifestSource } from '../../src/manifest/files.ts';
import { manifestSources } from '../../src/manifest/files.ts';
import { placedObjects } from '../../src/policy/pod-views.ts';

/** What is read of a file, piece by piece or whole: its objects with their kinds, and what is told of it. */
async function read(bytes: Buffer, whole: boolean, chunk = 7, largestValue = 300) {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk));
  const source: ManifestSource = { name: 'dump', chunks: () => Readable.from(chunks) };
  const errors: string[] = [];
  const objects: unknown[] = [];
  const held = { file: whole ? Number.MAX_SAFE_INTEGER : 0, atOnce: 5, largestValue };
  const documents = dumpDocuments(
    source,
    ({ message, source: { line, column } }) => errors.push(`${line}:${column}: ${message}`),
    held,
  );
  for await (const value of documents) {
    for (const { value: object, apiVersion, kind } of placedObjects(value)) {
      // A list that is no object itself is told without its items.
      const { items, ...rest } = object;
      objects.push([apiVersion, kind, items === undefined ? object : rest]);
    }
  }
  return { objects: objects.map((each) => JSON.stringify(each)).toSorted(), errors };
}

async function* standardInput(
  chunks: () => AsyncIterable<Uint8Array>,
  onUnread: (part: UnreadPart) => void,
  held: HeldSizes,
): AsyncGenerator<unknown, void> {
  for await (const source of manifestSources(['-'], chunks)) yield* dumpDocuments(source, onUnread, held);
}

const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('}', '"', '\\', '---', '\n---\n'),
);
const anObject = fc
  .record({ apiVersion: fc.constantFrom('v1', 'apps/v1'), kind: fc.constantFrom('Pod', 'ConfigMap'), name })
  .map(({ name: given, ...rest }) => ({ ...rest, metadata: { name: given } }));
const anItem = fc.oneof(anObject, fc.record({ metadata: fc.record({ name }) }), fc.constantFrom(null, 1, 'x', [], {}));
const aList = fc
  .record({
    kind: fc.constantFrom('List', 'PodList', 'ConfigMap'),
    items: fc.array(anItem, { maxLength: 12 }),
    first: fc.boolean(),
  })
  .map(({ kind, items, first }) =>
    // kubectl writes the kind of a List behind its items; an API server writes that of a typed list before them.
    first || kind === 'PodList'
      ? { kind, apiVersion: 'v1', metadata: {}, items }
      : { apiVersion: 'v1', items, kind, metadata: { resourceVersion: '' } },
  );
const aNest = aList.map((inner) => ({
  apiVersion: 'v1',
  items: [inner, { kind: 'Pod', apiVersion: 'v1' }],
  kind: 'List',
}));
const aText = fc
  .tuple(fc.oneof(anObject, aList, aNest), fc.constantFrom(undefined, 1, 4))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));
const separator = fc.constantFrom('\n', '\n---\n', '\n--- # and\n', '', '\n\n---\n---\n');

test('a file that is read piece by piece gives what the whole one gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(aText, separator), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('', '\ufeff'),
      async (parts, chunk, mark) => {
        const bytes = Buffer.from(mark + parts.flat().join(''));
        const pieces = await read(bytes, false, chunk);
        const whole = await read(bytes, true, chunk);
        // A JSON value that two others stand behind of is refused within YAML, where the whole file is read as YAML.
        fc.pre(whole.errors.length === 0);
        expect(pieces).toEqual(whole);
      },
    ),
    { numRuns: 300 },
  );
});

const pod = (text: string): string => `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${text}"}}`;
const long = 'x'.repeat(80);

test.each([
  ['YAML documents', 'kind: Pod\n---\nkind: Job\n--- # c\nkind: Pod\n', 3, []],
  ['UTF-16', Buffer.from(`\ufeff${pod('ö')}`, 'utf16le'), 1, []],
  [
    'a separator with text takes what is above it along',
    'kind: Pod\n--- x\nkind: Job\n',
    1,
    ["2:1: only a comment may follow '---' on its line"],
  ],
  [
    'a broken YAML document',
    'kind: Pod\n---\na: [\n---\nkind: Job\n',
    2,
    ['4:1: a value is missing before the end of the document'],
  ],
  ['YAML flow', '{kind: Pod}\n---\n{kind: Job}\n', 2, []],
  [
    'JSON and text behind it',
    `${pod('a')}${pod('b')} x\n---\nkind: Job\n`,
    3,
    ['1:114: JSON: a JSON value is expected here; behind two JSON values only JSON may follow'],
  ],
  ['nothing', ' \n\n', 0, []],
])('%s: the same read whole and in pieces', async (_, text, objects, errors) => {
  const bytes = Buffer.from(text);
  const pieces = await read(bytes, false, 3, 1000);
  expect(pieces).toEqual(await read(bytes, true));
  expect(pieces.objects).toHaveLength(objects);
  expect(pieces.errors).toEqual(errors);
});

test.each([
  [
    'cut in the middle of an item',
    `{"items":[${pod('a')},\n${pod(long)},{"kind":"P`,
    2,
    '2:147: JSON: a closing double quote, or an escape that JSON knows is missing at the end of the file; what follows was not read',
  ],
  [
    'cut between two items',
    `{"items":[${pod(long)},`,
    1,
    '1:147: JSON: a JSON value is missing at the end of the file; what follows was not read',
  ],
  [
    'no comma between items',
    `{"items":[${pod(long)}\n${pod('b')}]}`,
    1,
    "2:1: JSON: ',' or ']' is expected here; what follows was not read",
  ],
  [
    'a broken item',
    `{"items":[${pod(long)},{"kind": x}]}`,
    1,
    '1:156: JSON: a JSON value is expected here; what follows was not read',
  ],
  [
    'items twice',
    `{"items":[${pod(long)}],"items":[]}`,
    1,
    "1:156: 'items' stands twice in this list; what follows was not read",
  ],
  [
    'a kind behind items without one',
    `{"items":[{"metadata":{"name":"${long}"}},{}],"kind":"PodList","x":"${long}"}`,
    2,
    "1:224: items without a kind stand before the list's, PodList, and were not judged; write it before them; what follows was not read",
  ],
  [
    'an object that is too large',
    `{"kind":"Pod","metadata":{"name":"${'x'.repeat(3000)}"}}`,
    0,
    '1:26: a field of a list has more than 8 MiB; what follows was not read',
  ],
])('a large list, %s: it is told with its place, and what was before is kept', async (_, text, objects, error) => {
  const pieces = await read(Buffer.from(text), false, 9, 140);
  expect(pieces.errors).toEqual([error]);
  expect(pieces.objects).toHaveLength(objects);
});

test('bytes that are no UTF-8 are told with their line, and what was before is kept', async () => {
  const bytes = Buffer.concat([
    Buffer.from(`{"items":[\n${`${pod('ö')},`.repeat(20)}\n`),
    Buffer.from([0x22, 0xe9, 0x22]),
  ]);
  const { objects, errors } = await read(bytes, false, 2, 100);
  expect(errors).toEqual(['1:1: the file is not UTF-8 text (line 3); save it as UTF-8']);
  expect(objects.length).toBeGreaterThan(1);
});

test('a file that breaks off while it is read is told', async () => {
  const chunks = () =>
    Readable.from(
      (function* () {
        yield Buffer.from(`${pod('a')}\n`);
        throw new Error('EIO: i/o error');
      })(),
    );
  const errors: string[] = [];
  const documents = standardInput(chunks, ({ message }) => errors.push(message), {
    file: 0,
    atOnce: 1,
    largestValue: 100,
  });
  const kinds: unknown[] = [];
  for await (const value of documents) kinds.push(value);
  expect(kinds).toHaveLength(1);
  expect(errors).toEqual(['EIO: i/o error']);
});

test.each([
  ['is no text from its start on', Buffer.from([0xe9, 0x22]), 0],
  ['goes on for ever, and whose reader has enough', Buffer.from(`${pod('a')}\n`), 1],
])('a large file that %s is given back', async (_, chunk, most) => {
  let isOpen = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    isOpen = true;
    try {
      for (;;) yield await Promise.resolve(chunk);
    } finally {
      isOpen = false;
    }
  }
  const held = { file: 100, atOnce: 1, largestValue: 200 };
  const documents = standardInput(endless, () => undefined, held);
  let seen = 0;
  for await (const value of documents) if (value !== undefined && (seen += 1) === most) break;
  expect([seen, isOpen]).toEqual([most, false]);
});
