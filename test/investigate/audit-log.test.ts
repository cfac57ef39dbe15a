import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import type { AuditFindings } from '../../src/investigate/audit-log.ts';
import { readAuditLogs } from '../../src/investigate/audit-log.ts';
import { createValueCutter } from '../../src/investigate/json-values.ts';

const event = (id: string, fields: object = {}): object => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: id,
  stage: 'ResponseComplete',
  requestURI: '/apis/apps/v1/namespaces/shop/deployments',
  verb: 'create',
  user: { username: 'jane', groups: ['dev', 'system:authenticated'] },
  sourceIPs: ['10.0.0.7'],
  userAgent: 'kubectl/v1.37.2',
  objectRef: { resource: 'deployments', namespace: 'shop', name: 'web', apiGroup: 'apps', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 201 },
  requestReceivedTimestamp: '2026-11-24T10:00:00.000000Z',
  ...fields,
});

const lines = (...events: object[]): string => events.map((each) => `${JSON.stringify(each)}\n`).join('');

async function* chunked(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield await Promise.resolve(bytes.subarray(from, from + size));
}

function read(text: string | Buffer, size = 7): Promise<AuditFindings> {
  return readAuditLogs(
    ['-'],
    () => chunked(text, size),
    ({ name }) => name === 'web',
  );
}

const two = [event('a'), event('b', { verb: 'patch', requestReceivedTimestamp: '2026-11-24T11:00:00Z' })];
const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: { x: '{["\\"' }, items: two };

const shapes: readonly { name: string; text: string | Buffer }[] = [
  { name: 'JSON lines', text: lines(...two) },
  { name: 'JSON lines with CR LF and blank lines', text: lines(...two).replaceAll('\n', '\r\n\r\n') },
  { name: 'JSON lines without a last newline', text: lines(...two).trimEnd() },
  { name: 'gzip', text: gzipSync(lines(...two)) },
  {
    name: 'gzip of two members, as rotation appends them',
    text: Buffer.concat(two.map((each) => gzipSync(lines(each)))),
  },
  { name: 'a list on one line', text: JSON.stringify(list) },
  { name: 'a list over many lines', text: JSON.stringify(list, undefined, 2) },
  { name: 'an array over many lines', text: JSON.stringify(two, undefined, 4) },
  { name: 'events over many lines each', text: two.map((each) => JSON.stringify(each, undefined, 2)).join('\n') },
];

test.each(shapes)('$name, in chunks of any size', async ({ text }) => {
  for (const size of [1, 7, 64, 1_000_000]) {
    const found = await read(text, size);
    expect(found).toMatchObject({ events: 2, malformed: 0, foreign: 0, problems: [], files: 1, more: 0 });
    expect(found.entries.map(({ id, verb }) => `${id} ${verb}`)).toEqual(['a create', 'b patch']);
    expect([found.from, found.to]).toEqual(['2026-11-24T10:00:00.000000Z', '2026-11-24T11:00:00Z']);
  }
});

test('what is kept of an event', async () => {
  const { entries } = await read(
    lines(
      event('a', {
        impersonatedUser: { username: 'root', groups: ['system:masters'] },
        level: 'RequestResponse',
        responseObject: { metadata: { uid: 'u1', name: 'web' } },
      }),
    ),
  );
  expect(entries).toEqual([
    {
      id: 'a',
      time: '2026-11-24T10:00:00.000000Z',
      verb: 'create',
      user: 'root',
      groups: ['system:masters'],
      impersonator: 'jane',
      sourceIps: ['10.0.0.7'],
      userAgent: 'kubectl/v1.37.2',
      resource: 'deployments',
      group: 'apps',
      subresource: '',
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
      code: 201,
      annotations: {},
      command: [],
    },
  ]);
});

test('of the annotations those are kept that tell of Seawall, to a bound', async () => {
  const kept = {
    'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'pods.seawall.dev',
    'pods.seawall.dev/exempted': 'monitoring',
  };
  const annotations = {
    'authorization.k8s.io/decision': 'allow',
    'failed-open.validating.webhook.admission.k8s.io/round_0_index_1': 'other.example.com',
    ...kept,
    ...Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`a.seawall.dev/${index}`, 'x'.repeat(5_000)])),
  };
  const [entry] = (await read(lines(event('a', { annotations })))).entries;
  expect(entry?.annotations).toEqual({
    ...kept,
    ...Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`a.seawall.dev/${index}`, 'x'.repeat(1_024)])),
  });
});

test('no text of an entry is longer than its bound, nor holds the memory of a longer one', async () => {
  const long = 'x'.repeat(128 * 1024);
  async function* many(): AsyncGenerator<Buffer> {
    for (let index = 0; index < 30; index += 1) {
      const user = { username: long, groups: Array.from({ length: 30 }, () => 'g'.repeat(2_000)) };
      const fields = { user, userAgent: long, sourceIPs: [long], annotations: { [`pods.seawall.dev/${long}`]: long } };
      const objectRef = { resource: 'pods', namespace: long, name: `web${index}${long}`, subresource: long };
      yield await Promise.resolve(Buffer.from(lines(event(String(index), { ...fields, objectRef }))));
    }
  }
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heapUsed = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = heapUsed();
  const { entries } = await readAuditLogs(['-'], many, () => true);
  expect(entries).toHaveLength(30);
  for (const entry of entries) expect(JSON.stringify(entry).length).toBeLessThan(16_000);
  // Slices of the texts would hold 25 MiB.
  expect(heapUsed() - before).toBeLessThan(5 * 1024 * 1024);
});

test('of the stages of a request the last is kept, and an exec by websocket counts with its command', async () => {
  const exec = {
    verb: 'get',
    objectRef: { resource: 'pods', namespace: 'shop', name: 'web', subresource: 'exec', apiVersion: 'v1' },
    requestURI: '/api/v1/namespaces/shop/pods/web/exec?command=nmap&command=-sS&container=app&stdin=true',
  };
  const { entries, events } = await read(
    lines(
      event('a', { ...exec, stage: 'RequestReceived', responseStatus: null }),
      event('a', { ...exec, stage: 'ResponseStarted', responseStatus: { code: 101 } }),
      event('a', { ...exec, responseStatus: { code: 200 } }),
      event('b', { verb: 'get' }),
      event('c', { verb: 'list' }),
    ),
  );
  expect(events).toBe(5);
  expect(entries).toMatchObject([{ id: 'a', subresource: 'exec', code: 200, command: ['nmap', '-sS'] }]);
});

test('requests are told apart by more than the id, which a client may choose', async () => {
  const later = {
    verb: 'patch',
    requestReceivedTimestamp: '2026-11-24T10:00:01.000000Z',
    responseStatus: { code: 422 },
  };
  const { entries } = await read(lines(event('a'), event('a', later)));
  expect(entries.map(({ verb, code }) => `${verb} ${code}`)).toEqual(['create 201', 'patch 422']);
});

test('an exec that had begun has run, however it ended', async () => {
  const exec = { verb: 'create', objectRef: { resource: 'pods', namespace: 'shop', name: 'web', subresource: 'exec' } };
  const { entries } = await read(
    lines(
      event('a', { ...exec, stage: 'ResponseStarted', responseStatus: { code: 101 } }),
      event('a', { ...exec, stage: 'Panic', responseStatus: { code: 500 } }),
    ),
  );
  expect(entries).toMatchObject([{ id: 'a', code: 101 }]);
});

const uri = '/apis/apps/v1/namespaces/shop/deployments';

test.each([
  ['a dry run', { requestURI: `${uri}?fieldManager=kubectl&dryRun=All` }],
  ['a dry run of an apply', { verb: 'patch', requestURI: `${uri}/web?dryRun=All&force=true` }],
  ['a state that a controller writes', { verb: 'update', objectRef: { name: 'web', subresource: 'status' } }],
])('%s changed nothing that is looked for', async (_, fields) => {
  expect(await read(lines(event('a', fields)))).toMatchObject({ events: 1, entries: [], more: 0 });
});

test.each([
  ['of a delete the body decides', { verb: 'delete', requestURI: `${uri}/web?dryRun=All` }],
  ['an exec knows no dry run', { objectRef: { name: 'web', subresource: 'exec' }, requestURI: `${uri}?dryRun=All` }],
])('a dry run in an address is not believed where %s', async (_, fields) => {
  expect((await read(lines(event('a', fields)))).entries).toHaveLength(1);
});

test('refused requests, which anyone can send, leave room for those that were not', async () => {
  const refused = Array.from({ length: 6_000 }, (_, index) =>
    event(String(index), { verb: 'patch', responseStatus: { code: 404 } }),
  );
  const { entries, more } = await read(lines(...refused, event('made')), 65_536);
  expect(more).toBe(5_000);
  expect(entries.filter(({ code }) => code === 201)).toMatchObject([{ id: 'made' }]);
});

test('what the log covers is told by times alone', async () => {
  const found = await read(lines(event('a', { requestReceivedTimestamp: 'zzz' }), event('b')));
  expect([found.from, found.to]).toEqual(['2026-11-24T10:00:00.000000Z', '2026-11-24T10:00:00.000000Z']);
});

test('what is malformed is counted, and the rest is read', async () => {
  const text = `tamp":"x"}\n${lines(event('a'))}{"auditID":\n\u0000\u0001\n7\n"x"\nnull\n{"kind":"Pod"}\n${lines(event('b'))}{"auditID":"c","ver`;
  const found = await read(text);
  expect(found).toMatchObject({ events: 2, malformed: 4, foreign: 4 });
});

test('events with fields of other types, and keys of the prototype', async () => {
  const text = lines(
    event('a', { user: null, objectRef: { name: 'web' }, responseStatus: 'x', sourceIPs: 7, annotations: [] }),
    JSON.parse(
      '{"auditID":"b","verb":"create","objectRef":{"name":"web"},"__proto__":{"user":{"username":"x"}}}',
    ) as object,
    event('c', { objectRef: null }),
  );
  const found = await read(text);
  expect(found.events).toBe(3);
  expect(found.entries).toMatchObject([
    { id: 'b', user: '', code: 0 },
    { id: 'a', user: '', sourceIps: [], annotations: {} },
  ]);
});

test('a value longer than is read is counted, and the next one read', () => {
  for (const text of [
    `{"a":"${'x'.repeat(100)}"}\n{"b":1}\n`,
    `{\n"items": [\n{"a":"${'x'.repeat(100)}"}, {"b":1}]}`,
  ]) {
    const values: string[] = [];
    let tooLong = 0;
    const cutter = createValueCutter(
      { value: (value) => void values.push(value), tooLong: () => void (tooLong += 1) },
      50,
    );
    cutter.push(Buffer.from(text));
    cutter.end();
    expect([values, tooLong]).toEqual([['{"b":1}'], 1]);
  }
});

test('a line without an end is not held', () => {
  let tooLong = 0;
  const cutter = createValueCutter({ value: () => undefined, tooLong: () => void (tooLong += 1) }, 1_000);
  cutter.push(Buffer.from('{"a":1}\n'));
  for (let index = 0; index < 100; index += 1) cutter.push(Buffer.from('x'.repeat(100)));
  cutter.end();
  expect(tooLong).toBe(1);
});

describe('files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const none = (): AsyncIterable<Uint8Array> => chunked('', 1);
  const wanted = (): boolean => true;

  test('a directory is read file by file, packed or not', async () => {
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'audit.log'), lines(event('b')));
    writeFileSync(join(folder, 'audit-1.log.gz'), gzipSync(lines(event('a'))));
    const found = await readAuditLogs([folder], none, wanted);
    expect(found).toMatchObject({ files: 2, events: 2, problems: [] });
  });

  test('links to files are followed, and one that leads nowhere is told', async () => {
    mkdirSync(join(folder, 'pods'));
    mkdirSync(join(folder, 'links'));
    writeFileSync(join(folder, 'pods', '0.log'), lines(event('a')));
    symlinkSync('../pods/0.log', join(folder, 'links', 'a.log'));
    symlinkSync('../none', join(folder, 'links', 'b.log'));
    symlinkSync('..', join(folder, 'links', 'up'));
    const found = await readAuditLogs([join(folder, 'links')], none, wanted);
    expect(found).toMatchObject({ files: 1, events: 1 });
    expect(found.problems).toEqual([expect.stringMatching(/b\.log: it cannot be read: ENOENT/)]);
  });

  test('a gzip that breaks off is read as far as it goes, and told', async () => {
    const many = gzipSync(lines(...Array.from({ length: 5_000 }, (_, index) => event(String(index)))));
    writeFileSync(join(folder, 'a.gz'), many.subarray(0, many.length / 2));
    writeFileSync(join(folder, 'b'), lines(event('b')));
    const found = await readAuditLogs([join(folder, 'a.gz'), join(folder, 'b')], none, wanted);
    expect(found.problems).toEqual([`${join(folder, 'a.gz')}: it cannot be read to its end: unexpected end of file`]);
    expect(found.events).toBeGreaterThan(100);
    expect(found.entries.some(({ id }) => id === 'b')).toBe(true);
  });

  test('what is not there is told', async () => {
    const found = await readAuditLogs([join(folder, 'none'), folder], none, wanted);
    expect(found.problems).toEqual([
      expect.stringMatching(/none: it cannot be read: ENOENT/),
      `${folder}: no file is in it`,
    ]);
  });
});
