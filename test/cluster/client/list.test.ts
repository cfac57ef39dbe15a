import type { ListOptions, ListPage } from '../../../src/cluster/list.ts';
import { listPages } from '../../../src/cluster/list.ts';
import { createPace } from '../../../src/cluster/pace.ts';
import type { Answer, ScriptedServer } from './paged-server.ts';
import { startScriptedServer, status } from './paged-server.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const item = (name: string): object => ({ metadata: { namespace: 'default', name } });

/** The page of `all` that a request asks for; the token is the index of its first object. */
function pageOf(url: URL, all: readonly string[] = names): Answer {
  const from = Number(url.searchParams.get('continue') ?? 0);
  const to = from + Number(url.searchParams.get('limit'));
  const rest = Math.max(all.length - to, 0);
  const metadata = rest === 0 ? {} : { continue: String(to), remainingItemCount: rest };
  return { status: 200, body: { kind: 'PodList', metadata, items: all.slice(from, to).map(item) } };
}

let server: ScriptedServer;
afterEach(() => server.stop());

/** The names that a list gives, the last page, and how long it waited between its requests. */
async function listed(options: ListOptions = {}) {
  const found: string[] = [];
  const waits: number[] = [];
  let nowMs = 0;
  let last: ListPage | undefined;
  const pages = listPages(server.client, '/api/v1/pods', {
    pageSize: 3,
    monotonicMs: () => nowMs,
    wait: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    ...options,
  });
  for await (const page of pages) {
    for (const { metadata } of page.items as readonly { metadata: { name: string } }[]) found.push(metadata.name);
    last = page;
  }
  return { found, waits, consistency: last?.consistency };
}

test('a list in pages: every object once, no resourceVersion asked for', async () => {
  server = await startScriptedServer((url) => pageOf(url));
  expect(await listed()).toEqual({ found: names, waits: [], consistency: 'snapshot' });
  expect(server.requests).toEqual([
    '/api/v1/pods?limit=3',
    '/api/v1/pods?limit=3&continue=3',
    '/api/v1/pods?limit=3&continue=6',
  ]);
});

test('says how many are still to come', async () => {
  server = await startScriptedServer((url) => pageOf(url));
  const remaining: unknown[] = [];
  for await (const page of listPages(server.client, '/api/v1/pods?x=1', { pageSize: 3 }))
    remaining.push(page.remaining);
  expect(remaining).toEqual([4, 1, 0]);
  expect(server.requests[0]).toBe('/api/v1/pods?x=1&limit=3');
});

test('a 410 with a token: goes on from there, and says that the state is another', async () => {
  server = await startScriptedServer((url) =>
    url.searchParams.get('continue') === '3'
      ? status(410, { reason: 'Expired', metadata: { continue: 'later' } })
      : pageOf(new URL(url.href.replace('later', '3'))),
  );
  expect(await listed()).toEqual({ found: names, waits: [], consistency: 'continued' });
});

test('a 410 without a token: begins anew, and gives nothing twice', async () => {
  let forgotten = false;
  server = await startScriptedServer((url) => {
    if (url.searchParams.get('continue') !== '6' || forgotten) {
      // "b" has gone meanwhile, and "bb" has come: what is before the last one given stays as it was counted.
      return forgotten ? pageOf(url, ['a', 'bb', 'c', 'd', 'e', 'f', 'g', 'h']) : pageOf(url);
    }
    forgotten = true;
    return status(410, { reason: 'Expired' });
  });
  expect(await listed()).toEqual({ found: [...names, 'h'], waits: [], consistency: 'continued' });
});

test('a 410 without a token where the objects come in no order: an error, for they would be given twice', async () => {
  server = await startScriptedServer((url) =>
    url.searchParams.get('continue') === '6' ? status(410) : pageOf(url, ['b', 'a', 'c', 'd', 'e', 'f', 'g']),
  );
  await expect(listed()).rejects.toMatchObject({ code: 'gone' });
});

test('a 410 for ever: an error', async () => {
  server = await startScriptedServer((url) =>
    url.searchParams.has('continue') ? status(410, { metadata: { continue: 'x' } }) : pageOf(url),
  );
  await expect(listed()).rejects.toMatchObject({ code: 'gone' });
});

test.each([
  ['the Retry-After header', { status: 429, body: {}, headers: { 'retry-after': '7' } }, 7_000],
  ['the Status', status(429, { details: { retryAfterSeconds: 3 } }), 3_000],
  ['nothing', status(429), 500],
])('a 429 waits as long as %s says', async (_, busy, ms) => {
  let asked = 0;
  server = await startScriptedServer((url) => (++asked === 2 ? busy : pageOf(url)));
  expect(await listed()).toEqual({ found: names, waits: [ms], consistency: 'snapshot' });
});

test('a server that is away for a while: asks again, ever slower, and gives up in the end', async () => {
  let away = 3;
  server = await startScriptedServer((url) =>
    url.searchParams.has('continue') && away-- > 0 ? (away === Infinity ? undefined : status(503)) : pageOf(url),
  );
  expect(await listed()).toEqual({ found: names, waits: [500, 1_000, 2_000], consistency: 'snapshot' });
  away = Infinity;
  await expect(listed({ patienceMs: 5_000 })).rejects.toMatchObject({ code: 'unreachable' });
});

test.each([403, 404, 400])('a %i is told at once', async (code) => {
  server = await startScriptedServer(() => status(code));
  await expect(listed()).rejects.toMatchObject({ status: code });
  expect(server.requests).toHaveLength(1);
});

test('a page that is no JSON of ours is asked for in smaller pages, as one that is too large', async () => {
  server = await startScriptedServer((url) =>
    Number(url.searchParams.get('limit')) > 2 ? { status: 200, body: [] } : pageOf(url),
  );
  expect(await listed({ pageSize: 8 })).toMatchObject({ found: names });
});

test('a page of too many bytes is asked for in smaller pages, and none as large again', async () => {
  server = await startScriptedServer((url) => pageOf(url));
  expect(await listed({ pageSize: 7, maxPageBytes: 300, ahead: false })).toMatchObject({ found: names });
  const limits = server.requests.map((path) => Number(/limit=(\d+)/.exec(path)?.[1]));
  expect(limits[0]).toBe(7);
  expect(limits[1]).toBe(1);
  expect(Math.max(...limits.slice(1))).toBe(4);
});

test('one page at a time is asked for only when the one before was read', async () => {
  server = await startScriptedServer((url) => pageOf(url));
  const asked: number[] = [];
  for await (const page of listPages(server.client, '/api/v1/pods', { pageSize: 3, ahead: false })) {
    expect(page.items.length).toBeGreaterThan(0);
    asked.push(server.requests.length);
  }
  expect(asked).toEqual([1, 2, 3]);
});

test.each([
  ['no list', { status: 200, body: { kind: 'Pod' } }, 'GET /api/v1/pods: the answer is no list'],
  [
    'the same token again and again',
    { status: 200, body: { metadata: { continue: 'x' }, items: [] } },
    'GET /api/v1/pods: the server goes on with the page that it has sent',
  ],
])('an answer that is %s: an error', async (_, answer, message) => {
  server = await startScriptedServer(() => answer);
  await expect(listed()).rejects.toMatchObject({ code: 'not-understood', message });
});

test('a caller that leaves ends the request for the next page', async () => {
  server = await startScriptedServer((url) => pageOf(url));
  for await (const page of listPages(server.client, '/api/v1/pods', { pageSize: 3 })) {
    expect(page.items).toHaveLength(3);
    break;
  }
  expect(server.requests.length).toBeLessThanOrEqual(2);
});

test('a pace keeps requests apart, for all lists that share it', async () => {
  const waits: number[] = [];
  const pace = createPace(10, {
    monotonicMs: () => 0,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  server = await startScriptedServer((url) => pageOf(url));
  await listed({ pace });
  await listed({ pace });
  expect(waits).toEqual([100, 200, 300, 400, 500]);
});
