import type { ServerResponse } from 'node:http';
import type { ExecTargetCacheLimits } from '../../src/admission/exec-target-cache.ts';
import type { ExecTargets } from '../../src/admission/exec-targets.ts';
import { createExecTargets, staleAfterMs } from '../../src/admission/exec-targets.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { waitUntil } from '../cluster/harness/wait-until.ts';
import type { Fields } from '../support/pods.ts';
import { pod } from '../support/pods.ts';
import type { LocalApiServer } from './local-api-server.ts';
import { sendJson, startLocalApiServer } from './local-api-server.ts';
import { keptLog, makeCertificates, nowMs } from './webhook-under-test.ts';

/** Pods of the cluster, as a list and as one by one; the watch says what a test makes it say. */
let pods: readonly Fields[];
/** Answers the first list at once; what comes after waits for a test. */
let lists: ServerResponse[];
let watching: ServerResponse | undefined;
/** By a clock that moves only where a test moves it: no slow machine makes a silence. */
let clockMs: number;
let api: LocalApiServer;
let metrics: Metrics;
let targets: ExecTargets;
let lines: () => Record<string, unknown>[];

beforeAll(async () => {
  api = await startLocalApiServer(await makeCertificates());
});
afterAll(() => api.stop());
beforeEach(() => {
  pods = [];
  lists = [];
  watching = undefined;
  clockMs = 0;
  api.answerWith((request, response) => {
    const url = new URL(request.url ?? '', 'https://api');
    if (url.searchParams.has('watch')) {
      watching = response;
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
    } else if (url.pathname === '/api/v1/pods') {
      lists.push(response);
      if (lists.length === 1) sendList(response, pods);
    } else sendJson(response, 200, pod({ hostIPC: true, hostPID: true }));
  });
});
afterEach(() => targets.stop());

const sendList = (response: ServerResponse, items: readonly Fields[]): void =>
  sendJson(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items });
const named = (name: string, spec: Fields = {}): Fields => {
  const { spec: whole } = pod(spec);
  return { metadata: { namespace: 'default', name, resourceVersion: '8' }, spec: whole };
};
const bookmark = { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '9' } };
const say = (type: string, object: Fields): void => void watching?.write(`${JSON.stringify({ type, object })}\n`);

/** Follows the pods, and waits until the watch is on its way. */
async function start(limits: Partial<ExecTargetCacheLimits> = {}): Promise<void> {
  metrics = createMetrics([]);
  const kept = keptLog();
  ({ lines } = kept);
  const monotonicMs = (): number => clockMs;
  targets = createExecTargets({ client: api.client, log: kept.log, metrics, now: () => nowMs, monotonicMs, limits });
  targets.watch();
  await waitUntil('the watch', () => watching);
  await waitUntil('the cache to answer', () => isSynced(true));
}

const isSynced = async (is: boolean): Promise<true | undefined> =>
  (await metrics.text()).split('\n').includes(`seawall_pod_cache_synced ${Number(is)}`) ? true : undefined;
const find = async (name: string): Promise<[string, readonly string[] | undefined]> => {
  const { source, target } = await targets.find({ namespace: 'default', name, username: 'jane' }, 5_000);
  return [source, target?.hostAccess];
};
const live = ['live', ['hostPID']];

test('what is listed is known without asking for it, and so is what the watch tells', async () => {
  pods = [named('listed', { hostNetwork: true })];
  await start();
  expect(await find('listed')).toEqual(['cache', ['hostNetwork']]);
  expect(await find('new')).toEqual(live);
  say('ADDED', named('new'));
  await waitUntil('the new pod', async () => ((await find('new'))[0] === 'cache' ? true : undefined));
  expect(await find('new')).toEqual(['cache', []]);
  say('MODIFIED', named('new', { hostNetwork: true }));
  await waitUntil('its change', async () => ((await find('new'))[1]?.[0] === 'hostNetwork' ? true : undefined));
  say('DELETED', named('listed'));
  await waitUntil('the end of the other', async () => ((await find('listed'))[0] === 'live' ? true : undefined));
});

test('without a watch every look-up is live', async () => {
  await start();
  const kept = keptLog();
  const unwatched = createExecTargets({
    client: api.client,
    log: kept.log,
    metrics: createMetrics([]),
    now: () => nowMs,
    monotonicMs: () => 0,
  });
  expect((await unwatched.find({ namespace: 'default', name: 'listed', username: 'jane' }, 5_000)).source).toBe('live');
  await unwatched.stop();
});

test('after a silence the cache is not believed, until the watch speaks again', async () => {
  pods = [named('listed')];
  await start();
  clockMs = staleAfterMs - 1;
  expect(await find('listed')).toEqual(['cache', []]);
  clockMs = staleAfterMs;
  expect(await find('listed')).toEqual(live);
  expect(await isSynced(false)).toBe(true);
  say('BOOKMARK', bookmark);
  await waitUntil('the bookmark', () => isSynced(true));
  expect(await find('listed')).toEqual(['cache', []]);
});

test('while the pods are listed anew, look-ups are live, and what is gone then is not known', async () => {
  pods = [named('kept'), named('gone')];
  await start();
  say('ERROR', { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' });
  const again = await waitUntil('another list', () => lists[1]);
  expect(await find('kept')).toEqual(live);
  sendList(again, [named('kept')]);
  await waitUntil('the cache to answer', () => isSynced(true));
  expect(await find('kept')).toEqual(['cache', []]);
  expect(await find('gone')).toEqual(live);
});

/** Ends the watch under way in that way, and waits for the next one. */
async function watchAnew(end: (response: ServerResponse) => void): Promise<void> {
  const ended = watching;
  watching = undefined;
  if (ended !== undefined) end(ended);
  await waitUntil('the end', () => isSynced(false));
  await waitUntil('the watch to go on', () => watching);
}

test('once the watch has broken, look-ups are live until it tells again, and the log says so', async () => {
  pods = [named('listed')];
  await start();
  await watchAnew((response) => response.destroy());
  expect(lines()).toMatchObject([
    { level: 'warn', msg: 'the watch of pods broke off: execs are looked up live until it goes on' },
  ]);
  // It is open, and has yet to say what it missed.
  expect(await find('listed')).toEqual(live);
  expect(await isSynced(false)).toBe(true);
  say('BOOKMARK', bookmark);
  await waitUntil('the cache to answer', () => isSynced(true));
  expect(await find('listed')).toEqual(['cache', []]);
});

test('a watch that the server ends in its time is believed again when the next one tells', async () => {
  pods = [named('listed')];
  await start();
  clockMs = 300_000;
  await watchAnew((response) => response.end());
  expect(await find('listed')).toEqual(live);
  say('ADDED', named('new'));
  await waitUntil('the cache to answer', () => isSynced(true));
  expect([await find('listed'), await find('new')]).toEqual([
    ['cache', []],
    ['cache', []],
  ]);
  expect(lines()).toEqual([]);
});

test('a pod that finds no room is looked up live, and the log says that there is none', async () => {
  pods = [named('one'), named('two')];
  await start({ pods: 1 });
  expect([await find('one'), await find('two')]).toEqual([['cache', []], live]);
  expect(lines()).toMatchObject([{ msg: 'the pod cache is full: other pods are looked up live', pods: 1 }]);
  expect((await metrics.text()).split('\n')).toContain('seawall_pod_cache_full 1');
});
