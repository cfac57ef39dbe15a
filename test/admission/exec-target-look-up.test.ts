import type { ServerResponse } from 'node:http';
import type { ExecTargetLookUp } from '../../src/admission/exec-target-look-up.ts';
import { execTargetLookUp, maxLookUps, maxLookUpsOfOne } from '../../src/admission/exec-target-look-up.ts';
import type { LogFields } from '../../src/telemetry/log.ts';
import type { Fields } from '../support/pods.ts';
import { pod } from '../support/pods.ts';
import type { LocalApiServer } from './local-api-server.ts';
import { sendJson, silence, startLocalApiServer } from './local-api-server.ts';
import { makeCertificates } from './webhook-under-test.ts';

let api: LocalApiServer;
let warnings: (LogFields & { readonly reason: string })[];
let lookUp: ExecTargetLookUp;

beforeAll(async () => {
  api = await startLocalApiServer(await makeCertificates());
});
afterAll(() => api.stop());
beforeEach(() => {
  warnings = [];
  const warn = (reason: string, fields: LogFields): void => void warnings.push({ reason, ...fields });
  lookUp = execTargetLookUp({ client: api.client, warn });
});

/** Asks for a pod, as one user. */
const ask = (namespace: string, name: string, withinMs: number, username = 'jane'): ReturnType<ExecTargetLookUp> =>
  lookUp({ namespace, name, username }, withinMs);

/** Asks until the answer is not that the 500 ms were over: a busy machine needs them for itself. */
async function answered(namespace: string, name: string): ReturnType<ExecTargetLookUp> {
  for (;;) {
    const before = warnings.length;
    const target = await ask(namespace, name, 5_000);
    if (!warnings.slice(before).some(({ reason, pod }) => reason === 'timeout' && pod === name)) return target;
    warnings.splice(before);
  }
}

async function timed<T>(promised: Promise<T>): Promise<readonly [T, number]> {
  const startMs = performance.now();
  return [await promised, performance.now() - startMs];
}

test('asks for the pod and reads what an exec needs of it', async () => {
  api.answerWith((_request, response) => sendJson(response, 200, pod({ hostNetwork: true })));
  expect((await answered('default', 'app'))?.hostAccess).toEqual(['hostNetwork']);
  expect(new Set(api.asked())).toEqual(new Set(['GET /api/v1/namespaces/default/pods/app']));
  expect(warnings).toEqual([]);
});

describe('a server that is slow', () => {
  test('is waited for 500 ms', async () => {
    api.answerWith(silence);
    const [target, tookMs] = await timed(ask('default', 'app', 5_000));
    expect(target).toBeUndefined();
    expect(tookMs).toBeGreaterThan(490);
    expect(tookMs).toBeLessThan(3_000);
  });

  test('is waited for no longer where it sends a byte now and then', async () => {
    api.answerWith((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(timer));
    });
    const [target, tookMs] = await timed(ask('default', 'app', 5_000));
    expect(target).toBeUndefined();
    expect(tookMs).toBeLessThan(3_000);
  });

  test('is waited for as long as the request has, where that is less', async () => {
    api.answerWith(silence);
    expect(await ask('default', 'app', 60)).toBeUndefined();
    // The look-up itself goes on, for whoever else waits for it.
    expect(warnings).toEqual([]);
  });

  test('is not asked where the request has no time left', async () => {
    api.answerWith(silence);
    expect(await ask('default', 'app', 0)).toBeUndefined();
    expect(api.asked()).toEqual([]);
  });
});

describe('many execs at once', () => {
  test('of one pod share one look-up, and the next one asks anew', async () => {
    api.answerWith((_request, response) => sendJson(response, 200, pod()));
    const found = await Promise.all(Array.from({ length: 40 }, () => ask('default', 'shared', 5_000)));
    // Undefined for all where a busy machine needs the 500 ms for itself; one answer for all in any case.
    expect(new Set(found).size).toBe(1);
    // What an earlier test gave up on may be on its way still.
    const asked = (): number => api.asked().filter((line) => line.endsWith('/shared')).length;
    expect(asked()).toBe(1);
    expect((await answered('default', 'shared'))?.hostAccess).toEqual([]);
    expect(asked()).toBeGreaterThan(1);
  });

  test('of many pods are bounded: the rest is answered at once as not known', async () => {
    const waiting: ServerResponse[] = [];
    api.answerWith((_request, response) => waiting.push(response));
    const first = Array.from({ length: maxLookUps }, (_, index) => ask(`team-${index}`, 'app', 5_000, `user-${index}`));
    expect(await ask('default', 'one-more', 5_000)).toBeUndefined();
    // None of the others is over yet.
    expect(warnings).toMatchObject([{ reason: 'busy', namespace: 'default', pod: 'one-more' }]);
    await Promise.all(first);
    expect(waiting.length).toBeLessThanOrEqual(maxLookUps);
    // There is room again.
    api.answerWith((_request, response) => sendJson(response, 200, pod()));
    expect(await answered('default', 'one-more')).toBeDefined();
  });

  test.each<[string, (index: number) => readonly [string, string], string]>([
    ['in one namespace', (index) => ['hog', `user-${index}`], '8 look-ups in this namespace are on their way'],
    ['by one user', (index) => [`team-${index}`, 'hog\n'], '8 look-ups for hog\\u000a are on their way'],
  ])('%s leave room for others', async (_what, of, problem) => {
    api.answerWith((request, response) => {
      if (request.url?.endsWith('/quick') === true) sendJson(response, 200, pod());
    });
    const many = Array.from({ length: maxLookUps }, (_, index) => {
      const [namespace, username] = of(index);
      return ask(namespace, `app-${index}`, 5_000, username);
    });
    expect(await answered('default', 'quick')).toBeDefined();
    const busy = warnings.filter(({ reason }) => reason === 'busy');
    expect(busy).toHaveLength(maxLookUps - maxLookUpsOfOne);
    expect(busy[0]).toMatchObject({ problem });
    await Promise.all(many);
  });
});

describe('what is no answer', () => {
  const status = (code: number, reason: string): Fields => ({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message: `${reason} it is`,
  });
  test.each([
    ['a refusal', 403, status(403, 'Forbidden'), ['forbidden']],
    ['an error of the server', 500, status(500, 'InternalError'), ['server-error']],
    ['too many requests', 429, status(429, 'TooManyRequests'), ['too-many-requests']],
    ['a pod that is not there: the API server will say so itself', 404, status(404, 'NotFound'), []],
    ['something that is no pod', 200, status(200, 'x'), []],
  ])('%s', async (_what, code, body, reasons) => {
    api.answerWith((_request, response) => sendJson(response, code, body));
    expect(await answered('default', 'app')).toBeUndefined();
    expect(warnings.map(({ reason }) => reason)).toEqual(reasons);
  });

  test('a connection that breaks', async () => {
    api.answerWith((request) => request.socket.destroy());
    expect(await answered('default', 'app')).toBeUndefined();
    expect(warnings.map(({ reason }) => reason)).toEqual(['unreachable']);
  });

  test.each([
    ['..', 'app'],
    ['default', '..'],
    ['default', 'a/b'],
    ['default', 'a?watch=1'],
    ['default', 'a%2fb'],
    ['default', ''],
    ['', 'app'],
    ['default', 'a'.repeat(254)],
    ['default', 'a\r\nHost: b'],
  ])('a name that no pod can have: %j/%j', async (namespace, name) => {
    api.answerWith(silence);
    expect(await ask(namespace, name, 5_000)).toBeUndefined();
    expect(api.asked()).toEqual([]);
  });
});
