import fc from 'fast-check';
import { valueAt } from '../../src/policy/json.ts';
import { parseReview } from '../../src/admission/review-json.ts';

type Fields = Record<string, unknown>;

const entries = [{ manager: 'kubectl', fieldsV1: { 'f:spec': { 'k:{"name":"a]"}': {}, 'v:"\\"': {} } } }];

function read(value: unknown): unknown {
  return parseReview(Buffer.from(JSON.stringify(value)));
}

/** The review, with nothing where its two objects and their templates have managedFields. */
function without(review: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(review)) as { request?: { object?: unknown; oldObject?: unknown } };
  for (const object of [copy.request?.object, copy.request?.oldObject]) {
    for (const path of [['metadata'], ['spec', 'template', 'metadata']]) {
      const metadata = valueAt(object, path) as Fields | undefined;
      if (Array.isArray(valueAt(metadata, ['managedFields'])))
        Object.assign(metadata ?? {}, { managedFields: 'left out' });
    }
  }
  return copy;
}

describe('managedFields of the objects of a review are left out', () => {
  const metadata = { name: 'a', managedFields: entries };
  test.each([
    ['of the object', { request: { uid: '1', object: { metadata, spec: { a: [1] } } } }],
    ['of both', { request: { uid: '1', object: { metadata, spec: {} }, oldObject: { metadata, spec: {} } } }],
    ['of a template', { request: { object: { metadata, spec: { template: { metadata, spec: { a: [1] } } } } } }],
    ['as the only field', { request: { object: { metadata: { managedFields: entries } } } }],
  ])('%s', (_, review) => {
    const { request } = read(review) as { request: { object: { metadata: Fields } } };
    expect(request.object.metadata['managedFields']).toEqual([0]);
    expect(without({ request })).toEqual(without(review));
  });
});

describe('what only looks like them is read whole', () => {
  test.each([
    ['a field of a spec', { request: { object: { metadata: {}, spec: { managedFields: entries } } } }],
    [
      'the metadata of a template in a template',
      { request: { object: { spec: { template: { spec: { template: { metadata: { managedFields: [1] } } } } } } } },
    ],
    [
      'a field of a spec beside the real ones',
      { request: { object: { metadata: { managedFields: entries }, spec: { managedFields: [{ image: 'a' }] } } } },
    ],
    ['a thousand lists', { request: { object: { spec: Array(1_000).fill({ managedFields: [1] }) as unknown } } }],
    ['an empty list', { request: { object: { metadata: { managedFields: [] } } } }],
    ['no list', { request: { object: { metadata: { managedFields: { a: [1] } } } } }],
    ['a name that ends like theirs', { request: { object: { metadata: { unmanagedFields: [1], xFields: [2] } } } }],
    ['a text', { request: { object: { metadata: { a: '{"managedFields":[1]}', b: ',"managedFields":[' } } } }],
    ['a text behind a backslash', { request: { object: { metadata: { a: '\\', b: '\\",{"managedFields":[' } } } }],
    ['outside of the request', { managedFields: [1], request: { object: { metadata: {} } } }],
  ])('%s', (_, review) => {
    expect(read(review)).toEqual(review);
  });

  test('a second metadata, which is the one that counts', () => {
    const text = '{"request":{"object":{"metadata":{"managedFields":[1]},"metadata":{"name":"a"},"spec":{"a":[2]}}}}';
    expect(parseReview(Buffer.from(text))).toEqual(JSON.parse(text));
  });
});

test.each([
  ['a list without an end', '{"request":{"object":{"metadata":{"managedFields":[{"a":"]"'],
  ['a text without an end', '{"metadata":{"managedFields":["a]}}'],
  ['a backslash at the end', '{"metadata":{"managedFields":["a\\'],
])('%s is no JSON', (_, text) => {
  expect(() => parseReview(Buffer.from(text))).toThrow(SyntaxError);
});

test('bytes that are no UTF-8 count as U+FFFD, also within them', () => {
  const [head, tail] = ['{"request":{"object":{"metadata":{"managedFields":["', '"],"name":"b'];
  const bytes = [
    Buffer.from(head),
    Buffer.from([0xe2, 0x82]),
    Buffer.from(tail),
    Buffer.from([0xff]),
    Buffer.from('"}}}}'),
  ];
  expect(parseReview(Buffer.concat(bytes))).toEqual({
    request: { object: { metadata: { managedFields: [0], name: 'b\u{fffd}' } } },
  });
});

test('whatever a review holds, all but the managedFields of its objects is read as JSON.parse reads it', () => {
  const name = fc.constantFrom(
    'managedFields',
    'metadata',
    'object',
    'oldObject',
    'Fields',
    'xFields',
    'a"',
    '{"managedFields',
  );
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('{"managedFields":[', ',"managedFields":[]', '\\', '"', ']', '[', '\u{1f600}'),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      text,
      fc.constantFrom(0, null, true),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    ),
  }));
  const metadata = fc.dictionary(name, value, { maxKeys: 4 });
  const template = fc.record({ template: fc.record({ metadata, spec: value }) });
  const managed = fc.record({ metadata, spec: fc.oneof(value, template) });
  const review = fc.record({
    request: fc.record({ object: fc.oneof(managed, value), oldObject: fc.oneof(managed, value) }),
  });
  fc.assert(
    fc.property(review, (made) => {
      const whole = JSON.parse(JSON.stringify(made)) as unknown;
      expect(without(read(made))).toEqual(without(whole));
    }),
    { numRuns: 3_000 },
  );
});
