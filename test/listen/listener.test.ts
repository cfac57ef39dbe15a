import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { ApiError } from '../../src/cluster/api.ts';
import type { Investigation } from '../../src/investigate/investigation.ts';
import { readSecrets } from '../../src/listen/secret.ts';
import { waitUntil } from '../cluster/harness/wait-until.ts';
import { fromFalco, fromFalcosidekick, ofHost } from '../investigate/falco-samples.ts';
import { sentWithoutEnd } from '../support/endless-body.ts';
import type { ListenerUnderTest } from './listener-under-test.ts';
import { secret, startTestListener } from './listener-under-test.ts';

const eventOf = (number: number, fields: object = {}): object => ({
  ...fromFalco,
  time: `2025-11-24T10:21:33.${String(number).padStart(9, '0')}Z`,
  output_fields: { ...fromFalco.output_fields, ...fields },
});
const text = (value: unknown): string => JSON.stringify(value);

describe('a listener', () => {
  let listener: ListenerUnderTest;
  beforeEach(async () => {
    listener = await startTestListener();
  });
  afterEach(() => listener.end());

  const casesOnDisk = (): string[] => readdirSync(listener.folder);
  const outcome = (id: string): unknown =>
    JSON.parse(readFileSync(join(listener.folder, id, 'outcome.json'), 'utf8')) as unknown;

  test('opens a case for an event, for its owner’s eyes only, and investigates it', async () => {
    const { code, text: answer } = await listener.post(text(fromFalco));
    expect(code).toBe(200);
    const [only] = (JSON.parse(answer) as { cases: { id: string; new: boolean }[] }).cases;
    expect(only?.new).toBe(true);
    await listener.idle();
    const folder = join(listener.folder, only?.id ?? '');
    expect(readdirSync(folder).toSorted()).toEqual([
      'event.json',
      'investigation.json',
      'investigation.md',
      'outcome.json',
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'event.json'), 'utf8'))).toEqual(fromFalco);
    expect(outcome(only?.id ?? '')).toEqual({ outcome: 'investigated', headline: 'seen: nmap', action: 'none' });
    expect(statSync(listener.folder).mode & 0o777).toBe(0o700);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  test('a stranger who sends without end gets his answer, and is cut off', async () => {
    const socket = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    expect(await sentWithoutEnd(socket, '/')).toBe('HTTP/1.1 401');
  });

  test('one event is one case, however often and by whomever it is delivered', async () => {
    const answers = await Promise.all(
      [fromFalco, fromFalcosidekick, fromFalco, { ...fromFalcosidekick, uuid: 'x' }].map((event) =>
        listener.post(text(event)),
      ),
    );
    expect(answers.map(({ code }) => code)).toEqual([200, 200, 200, 200]);
    expect(casesOnDisk()).toHaveLength(1);
    await listener.idle();
    expect(listener.investigated).toHaveLength(1);
    expect(await listener.metrics.text()).toMatch(/events_total\{what="new"\} 1\n.*"repeated"\} 3/);
  });

  test('events of one offence are cases of their own with one investigation', async () => {
    for (let number = 0; number < 5; number += 1) await listener.post(text(eventOf(number)));
    await listener.post(text(ofHost));
    await listener.idle();
    expect(casesOnDisk()).toHaveLength(6);
    expect(listener.investigated).toHaveLength(2);
    const outcomes = casesOnDisk().map((id) => outcome(id) as { outcome: string; investigatedIn?: string });
    expect(outcomes.filter(({ outcome: each }) => each === 'same')).toHaveLength(4);
    for (const { investigatedIn } of outcomes) {
      if (investigatedIn !== undefined) expect(casesOnDisk()).toContain(investigatedIn);
    }
  });

  test.each([
    { name: 'a list', body: text([fromFalco, ofHost]) },
    { name: 'JSON lines', body: `${text(fromFalco)}\n${text(ofHost)}\n` },
  ])('takes $name', async ({ body }) => {
    const { code } = await listener.post(body, { authorization: `bearer ${secret}` }, 'PUT', '/falco?x=1');
    expect(code).toBe(200);
    expect(casesOnDisk()).toHaveLength(2);
  });

  const basic = (words: string): string => `Basic ${Buffer.from(words).toString('base64')}`;

  test.each([
    { name: 'Bearer', headers: { authorization: `Bearer ${secret}` }, code: 200 },
    { name: 'Basic, as curl makes it of a URL', headers: { authorization: basic(`falco:${secret}`) }, code: 200 },
    { name: 'a header of its own', headers: { 'x-seawall-secret': secret }, code: 200 },
    { name: 'nothing', headers: {}, code: 401 },
    { name: 'another secret', headers: { authorization: 'Bearer another-secret-of-the-test' }, code: 401 },
    { name: 'its beginning', headers: { authorization: `Bearer ${secret.slice(0, -1)}` }, code: 401 },
    { name: 'the user of Basic', headers: { authorization: basic(`${secret}:x`) }, code: 401 },
    { name: 'nothing as Bearer', headers: { authorization: 'Bearer ' }, code: 401 },
    { name: 'another scheme', headers: { authorization: `Digest ${secret}` }, code: 401 },
  ])('secret: $name is $code', async ({ headers, code }) => {
    const answer = await listener.post(text(fromFalco), headers);
    expect(answer.code).toBe(code);
    expect(casesOnDisk()).toHaveLength(code === 200 ? 1 : 0);
    if (code === 401) {
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(await listener.metrics.text()).toContain('seawall_listen_requests_total{code="401"} 1');
    }
  });

  test.each([
    { name: 'no JSON', body: '{', code: 400 },
    { name: 'nothing', body: '', code: 400 },
    { name: 'an empty list', body: '[]', code: 400 },
    { name: 'no event', body: '{"kind":"Pod"}', code: 400 },
    { name: 'an event beside none', body: text([fromFalco, 7]), code: 400 },
    { name: 'too many events', body: text(Array.from({ length: 1_001 }, () => 7)), code: 413 },
    { name: 'too many bytes', body: `"${'x'.repeat(4 * 1024 * 1024)}"`, code: 413 },
    { name: 'another method', body: '', code: 405, method: 'GET' },
    { name: 'another path', body: '', code: 404, path: '/../etc' },
    { name: 'a packed body', body: '', code: 415, headers: { 'content-encoding': 'gzip' } },
  ])('$name is $code, and no case', async ({ body, code, method = 'POST', path = '/', headers = {} }) => {
    const answer = await listener.post(body, { authorization: `Bearer ${secret}`, ...headers }, method, path);
    expect(answer.code).toBe(code);
    expect(casesOnDisk()).toEqual([]);
  });

  test('an event that is nested deeper than a stack is kept, without what is nested', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const body = text(eventOf(1, { deep: 'DEEP' })).replace('"DEEP"', deep);
    const { code, text: answer } = await listener.post(body);
    expect([code, answer]).toEqual([200, expect.stringContaining('"new":true') as unknown]);
    await listener.idle();
    const [id = ''] = casesOnDisk();
    const kept = JSON.parse(readFileSync(join(listener.folder, id, 'event.json'), 'utf8')) as {
      readonly output_fields: Readonly<Record<string, unknown>>;
    };
    expect(kept.output_fields).toMatchObject({ ...fromFalco.output_fields, deep: null });
    expect(outcome(id)).toMatchObject({ outcome: 'investigated' });
  });

  test('a command line of a megabyte is kept cut', async () => {
    const { code } = await listener.post(text(eventOf(1, { 'proc.cmdline': `nmap ${'a'.repeat(1024 * 1024)}` })));
    expect(code).toBe(200);
    const [id = ''] = casesOnDisk();
    const kept = JSON.parse(readFileSync(join(listener.folder, id, 'event.json'), 'utf8')) as {
      rule: string;
      cut_of_characters: number;
      output_fields: Record<string, string>;
    };
    expect(kept.rule).toBe(fromFalco.rule);
    expect(kept.output_fields['k8s.pod.name']).toBe(fromFalco.output_fields['k8s.pod.name']);
    expect(kept.cut_of_characters).toBeGreaterThan(1024 * 1024);
  });
});

test('10,000 events with duplicates: each that was answered 200 is a case on disk', async () => {
  const listener = await startTestListener();
  try {
    const ids = new Set<string>();
    const one = async (number: number): Promise<void> => {
      // A tenth are delivered again.
      const { code, text: answer } = await listener.post(text(eventOf(number % 9_000)));
      if (code !== 200) throw new Error(`event ${number}: HTTP ${code}: ${answer}`);
      for (const { id } of (JSON.parse(answer) as { cases: { id: string }[] }).cases) ids.add(id);
    };
    let next = 0;
    const started = performance.now();
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let number = next++; number < 10_000; number = next++) await one(number);
      }),
    );
    process.stderr.write(`10,000 events in ${((performance.now() - started) / 1_000).toFixed(1)} s\n`);
    expect(ids.size).toBe(9_000);
    expect(new Set(readdirSync(listener.folder))).toEqual(ids);
  } finally {
    await listener.end();
  }
}, 300_000);

test('what a run has left without an outcome, the next one goes on with', async () => {
  const unreachable = new ApiError('unreachable', 'no answer');
  const first = await startTestListener({ investigate: () => Promise.reject(unreachable) });
  await first.post(text(fromFalco));
  await first.post(text(ofHost));
  mkdirSync(join(first.folder, '0'.repeat(32)));
  await first.end();
  expect(await first.metrics.text()).toContain('cases_total{outcome="failed"} 1');
  const second = await startTestListener({ folder: first.folder });
  await second.idle();
  expect(second.investigated.map(({ process: { name } }) => name).toSorted()).toEqual(['nmap', 'tcpdump']);
  const again = await second.post(text(fromFalco));
  expect(JSON.parse(again.text)).toMatchObject({ cases: [{ new: false }] });
  await second.end();
});

test('a case of an earlier run whose event cannot be read any more has an outcome, and holds up no other', async () => {
  const first = await startTestListener({
    investigate: () => Promise.reject(new ApiError('unreachable', 'no answer')),
  });
  await first.post(text(fromFalco));
  await first.post(text(ofHost));
  await first.end();
  const [broken = '', whole = ''] = readdirSync(first.folder);
  writeFileSync(join(first.folder, broken, 'event.json'), '{"rule":');
  const second = await startTestListener({ folder: first.folder });
  await second.idle();
  const outcomeOf = (id: string): unknown =>
    JSON.parse(readFileSync(join(first.folder, id, 'outcome.json'), 'utf8')) as unknown;
  expect(outcomeOf(broken)).toMatchObject({ outcome: 'failed' });
  expect(outcomeOf(whole)).toMatchObject({ outcome: 'investigated' });
  await second.end();
});

test('a case that the cluster has no answer for is tried again behind the others', async () => {
  const listener = await startTestListener({
    investigate: ({ process: { name } }) =>
      Promise.reject(name === 'nmap' ? new ApiError('not-understood', 'no JSON') : new Error('enough')),
    wait: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const idOf = async (event: object): Promise<string> => {
    const { text: answer } = await listener.post(text(event));
    return (JSON.parse(answer) as { cases: [{ id: string }] }).cases[0].id;
  };
  const [first, second] = [await idOf(fromFalco), await idOf(ofHost)];
  const isEnded = (id: string) => readdirSync(join(listener.folder, id)).includes('outcome.json') || undefined;
  await waitUntil('the outcome of the second case', () => isEnded(second));
  expect(readdirSync(join(listener.folder, first))).toEqual(['event.json']);
  // The second one's turn ends after its outcome is on disk.
  await waitUntil('the first case alone to wait', () => listener.waiting() === 1 || undefined);
  await listener.end();
});

test('what waits is held by its id alone, and read from disk when its turn comes', async () => {
  const first = Promise.withResolvers<undefined>();
  const seen: string[] = [];
  const listener = await startTestListener({
    investigate: async (event) => {
      seen.push(event.process.name);
      await first.promise;
      throw new Error('enough');
    },
  });
  await listener.post(text(fromFalco));
  const answer = await listener.post(text(ofHost));
  const [{ id }] = (JSON.parse(answer.text) as { cases: [{ id: string }] }).cases;
  const onDisk = { ...ofHost, output_fields: { ...ofHost.output_fields, 'proc.name': 'from-disk' } };
  writeFileSync(join(listener.folder, id, 'event.json'), text(onDisk));
  first.resolve(undefined);
  await listener.idle();
  expect(seen[1]).toBe('from-disk');
  await listener.end();
});

test('an error that is not the cluster’s holds up no other case', async () => {
  const listener = await startTestListener({ investigate: () => Promise.reject(new Error('a bug')) });
  await listener.post(text(fromFalco));
  await listener.post(text(ofHost));
  await listener.idle();
  const outcomes = readdirSync(listener.folder).map(
    (id) => JSON.parse(readFileSync(join(listener.folder, id, 'outcome.json'), 'utf8')) as unknown,
  );
  expect(outcomes).toEqual([
    { outcome: 'failed', error: 'a bug' },
    { outcome: 'failed', error: 'a bug' },
  ]);
  await listener.end();
});

test('where all cases wait for an outcome, another is answered 503 with Retry-After, and known ones still 200', async () => {
  const gate = Promise.withResolvers<Investigation>();
  const listener = await startTestListener({ maxCases: 1, investigate: () => gate.promise });
  expect((await listener.post(text(fromFalco))).code).toBe(200);
  const full = await listener.post(text(ofHost));
  expect([full.code, full.headers['retry-after'], full.text]).toEqual([
    503,
    '5',
    '{"error":"there are 1 cases already, none with an outcome"}\n',
  ]);
  expect((await listener.post(text(fromFalcosidekick))).code).toBe(200);
  expect(readdirSync(listener.folder)).toHaveLength(1);
  gate.reject(new Error('enough'));
  await listener.end();
});

test('the oldest case that has an outcome makes room for a new one, and is counted; one that waits stays', async () => {
  const first = await startTestListener({ maxCases: 3 });
  const ids: string[] = [];
  const opened = async (listener: ListenerUnderTest, value: object): Promise<void> => {
    const answer = JSON.parse((await listener.post(text(value))).text) as { cases: { id: string }[] };
    ids.push(answer.cases[0]?.id ?? '');
    await listener.idle();
  };
  for (let number = 0; number < 4; number += 1) await opened(first, eventOf(number));
  expect(readdirSync(first.folder).toSorted()).toEqual(ids.slice(1).toSorted());
  expect(await first.metrics.text()).toContain('seawall_listen_cases_dropped_total 1');
  await first.end();
  // The oldest of all waits again; by its time the next one goes. A case that was half dropped is no case.
  const [, waiting = '', next = '', last = ''] = ids;
  for (const [index, id] of ids.slice(1).entries())
    utimesSync(join(first.folder, id, 'event.json'), index + 1, index + 1);
  rmSync(join(first.folder, waiting, 'outcome.json'));
  mkdirSync(join(first.folder, 'f'.repeat(32)));
  const unreachable = new ApiError('unreachable', 'no answer');
  const second = await startTestListener({
    maxCases: 3,
    folder: first.folder,
    investigate: () => Promise.reject(unreachable),
  });
  const answer = JSON.parse((await second.post(text(eventOf(9)))).text) as { cases: { id: string }[] };
  expect(readdirSync(first.folder).toSorted()).toEqual([waiting, last, answer.cases[0]?.id].toSorted());
  expect(readdirSync(first.folder)).not.toContain(next);
  await second.end();
});

test.each([
  { text: '', problem: 'the file of the shared secret is empty' },
  { text: 'short\n', problem: 'a shared secret has fewer than 16 characters' },
  { text: 'x\n'.repeat(5), problem: 'the file of the shared secret has more than 4 lines' },
])('a file of secrets: $problem', ({ text: given, problem }) => {
  expect(() => readSecrets(given)).toThrow(problem);
});

test('the secret before and the one after are both taken while senders change', () => {
  const isAuthentic = readSecrets('the-old-secret-of-it\nthe-new-secret-of-it\n');
  for (const each of ['the-old-secret-of-it', 'the-new-secret-of-it']) {
    expect(isAuthentic({ authorization: `Bearer ${each}` })).toBe(true);
  }
  expect(isAuthentic({ authorization: 'Bearer the-old-secret-of-it\nthe-new-secret-of-it' })).toBe(false);
});
