import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Fields } from '../support/pods.ts';
import { container, pod } from '../support/pods.ts';
import type { UnderTest } from './webhook-under-test.ts';
import { makeCertificates, policyWith, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

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

const tools = (from: number, count: number): Fields[] =>
  Array.from({ length: count }, (_, index) => ({ ...tool, name: `c${from + index}` }));
const ports = Array.from({ length: 60_000 }, (_, index) => ({ containerPort: 80, hostPort: index + 1 }));
const noisy = container({ name: 'noisy', ports });
const privileged = (name: string): Fields => container({ name, securityContext: { privileged: true } });

async function update(oldContainers: readonly Fields[], containers: readonly Fields[]) {
  const oldObject = pod({ containers: oldContainers });
  return responseOf(await server.post('/validate', reviewOf(pod({ containers }), { operation: 'UPDATE', oldObject })));
}

test('one new tool among 1,500 old ones is what an update is refused for', async () => {
  const { status } = await update(tools(0, 1_500), [...tools(0, 1_400), ...tools(2_000, 1), ...tools(1_400, 100)]);
  expect(status?.details?.causes.map(({ field }) => field)).toEqual(['spec.containers[1400].image']);
});

test('findings that only the audit log is told hide no new one of an update, and refuse no old one', async () => {
  const { status } = await update([noisy, privileged('a')], [noisy, privileged('a'), privileged('b')]);
  expect(status?.details?.causes.map(({ field }) => field)).toEqual(['spec.containers[2].securityContext.privileged']);
  expect((await update([noisy, privileged('a')], [privileged('a'), noisy])).allowed).toBe(true);
});

test('an update of more alike than can be compared is refused, and says why first', async () => {
  const same = tools(0, 20_000);
  const { status } = await update(same, [...same, ...tools(30_000, 1)]);
  expect(status?.message.split('\n').slice(0, 2).join('\n')).toBe(
    'Seawall refuses Pod default/app by policy default: 18002 findings\n' +
      '- spec.containers[1999].image (container c1999): image is a network tool (swiss-army: netshoot); 18001 more of its kind are too many to tell new ones from old ones [network-tool-image, high]. ' +
      "What to do: Use the application's own image; to debug, ask for an exemption with an end date.",
  );
});

test.each<[string, Fields, string | undefined, string, string]>([
  [
    '60,000 host paths',
    { volumes: Array.from({ length: 60_000 }, (_, index) => ({ name: `v${index}`, hostPath: { path: '/etc' } })) },
    undefined,
    'and 59952 more',
    'seawall_decisions_total{rule="host-path",action="warn"} 60000',
  ],
  [
    '60,000 privileged containers',
    { containers: Array.from({ length: 60_000 }, () => privileged('a')) },
    ': 60000 findings',
    '',
    'seawall_decisions_total{rule="privileged",action="deny"} 60000',
  ],
])('%s are told by their number', async (_what, spec, message, warning, metric) => {
  const fresh = await startUnderTest(await makeCertificates());
  const { status, warnings } = responseOf(await fresh.post('/validate', reviewOf(pod(spec))));
  expect(status?.message.split('\n')[0]?.slice(-(message?.length ?? 0))).toBe(message);
  expect(warnings?.at(-1) ?? '').toContain(warning);
  expect((await fresh.metrics.text()).split('\n')).toContain(metric);
  await fresh.stop();
});

test('thousands of grants in one container are given back in one pass', async () => {
  const many = container({
    securityContext: { capabilities: { add: Array.from({ length: 100_000 }, () => 'NET_RAW') } },
  });
  const policy = policyWith({ rules: { 'net-raw': { fix: true } } });
  const repairing = await startUnderTest(await makeCertificates(), { engine: { policy: () => policy } });
  const oldObject = pod({
    containers: [container({ securityContext: { capabilities: { add: [], drop: ['NET_RAW'] } } })],
  });
  const review = reviewOf(pod({ containers: [many] }), { operation: 'UPDATE', oldObject });
  expect(responseOf(await repairing.post('/mutate', review)).patchType).toBe('JSONPatch');
  await repairing.stop();
});

test('memory is back to where it was', async () => {
  const child = join(import.meta.dirname, 'memory-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--no-warnings', child]);
  const { before, after } = JSON.parse(stdout) as { before: number; after: number };
  expect(after - before).toBeLessThan(3);
});
