import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Fields } from '../support/pods.ts';
import { container, pod } from '../support/pods.ts';
import type { UnderTest } from './webhook-under-test.ts';
import { makeCertificates, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let server: UnderTest;
beforeAll(async () => {
  server = await startUnderTest(await makeCertificates());
});
afterAll(() => server.stop());

const tool = container({ image: 'nicolaka/netshoot' });

/** The text of a review with something that JSON.stringify would not write in the place of a marker. */
function textOf(object: Fields, marker: string, replacement: string): string {
  return JSON.stringify(reviewOf(object)).replace(`"${marker}"`, () => replacement);
}

const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + '0' + close.repeat(depth);

const bodies: [string, string | Fields, string[]][] = [
  [
    'arrays 10,000 deep',
    textOf(pod({ hostNetwork: true, x: 'DEEP' }), 'DEEP', deep('[', ']', 10_000)),
    ['host-network'],
  ],
  [
    'objects 10,000 deep',
    textOf(pod({ hostNetwork: true, x: 'DEEP' }), 'DEEP', deep('{"spec":', '}', 10_000)),
    ['host-network'],
  ],
  [
    'a List in a List, 10,000 deep',
    textOf(pod({}, { name: 'OBJECT' }), 'OBJECT', '"x"').replace(
      /"object":.*,"oldObject"/,
      `"object":${deep('{"kind":"List","apiVersion":"v1","items":[', ']}', 10_000)},"oldObject"`,
    ),
    [],
  ],
  [
    'containers that are lists of lists',
    textOf(pod({ containers: ['DEEP', tool] }), 'DEEP', deep('[', ']', 10_000)),
    ['network-tool-image'],
  ],
  ['100,000 containers', reviewOf(pod({ containers: Array.from({ length: 100_000 }, () => ({ name: 'a' })) })), []],
  [
    '100,000 containers, the last of which is a tool',
    reviewOf(pod({ containers: [...Array.from({ length: 60_000 }, () => container()), tool] })),
    ['network-tool-image'],
  ],
  [
    '__proto__ as a field that carries a benign pod',
    textOf(pod({ hostNetwork: true, p: 1 }), 'p', '"__proto__"').replace(
      '"__proto__":1',
      '"__proto__":{"hostNetwork":false}',
    ),
    ['host-network'],
  ],
  [
    '__proto__ and constructor as names',
    reviewOf(pod({ containers: [{ ...tool, name: '__proto__' }] }, { name: 'constructor' })),
    ['network-tool-image'],
  ],
  [
    '__proto__ and constructor as labels',
    textOf(
      pod({ hostNetwork: true }, { labels: { LABEL: 'x', constructor: 'y', toString: 'z' } }),
      'LABEL',
      '"__proto__"',
    ),
    ['host-network'],
  ],
  [
    'lone surrogates',
    textOf(pod({ containers: [{ ...tool, name: 'NAME' }] }), 'NAME', '"\\ud800x\\udfff"'),
    ['network-tool-image'],
  ],
  ['NUL', reviewOf(pod({ containers: [{ ...tool, name: 'a\u0000b' }] }, { name: '\u0000' })), ['network-tool-image']],
  ['numbers past the end', textOf(pod({ hostNetwork: true, x: 'NUMBER' }), 'NUMBER', '1e999999'), ['host-network']],
  [
    'a field twice: the last counts, as for the API server',
    textOf(pod({ hostNetwork: true, x: 'X' }), 'X', '1,"hostNetwork":false'),
    [],
  ],
];

test.each(bodies)('%s', async (_what, body, rules) => {
  for (const path of ['/validate', '/mutate']) {
    const response = responseOf(await server.post(path, body));
    expect(response.uid).toBe('e1b2');
    const found = [...new Set(response.status?.details?.causes.map(({ reason }) => reason) ?? [])];
    expect(found).toEqual(path === '/validate' ? rules : []);
    expect(JSON.stringify(response)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  }
});

test('an update of 20,000 containers against 20,000 others is compared in one pass', async () => {
  const containers = (from: number): Fields[] =>
    Array.from({ length: 20_000 }, (_, index) => ({ ...tool, name: `c${from + index}` }));
  const oldObject = pod({ containers: containers(0) });
  const update = { operation: 'UPDATE', oldObject };
  const { status } = responseOf(
    await server.post('/validate', reviewOf(pod({ containers: containers(10_000) }), update)),
  );
  expect(status?.message).toContain(': 10000 findings\n');
});

test('memory is back to where it was', async () => {
  const child = join(import.meta.dirname, 'memory-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--no-warnings', child]);
  const { before, after } = JSON.parse(stdout) as { before: number; after: number };
  expect(after - before).toBeLessThan(3);
});
