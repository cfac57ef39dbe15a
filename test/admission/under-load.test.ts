import { Agent } from 'node:https';
import request from 'supertest';
import { issueServing } from '../../src/certificates/issue.ts';
import { pod } from '../support/pods.ts';
import type { Answer, Certificates, UnderTest } from './webhook-under-test.ts';
import { makeCertificates, post, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});

/** Callers that keep asking over connections of their own until they are told to stop; a failed request fails the test. */
function load(
  callers: number,
  ask: () => Promise<Answer>,
): { readonly stop: () => Promise<number>; readonly untilMore: (more: number) => Promise<void> } {
  let stopped = false;
  let answers = 0;
  const call = async (): Promise<void> => {
    while (!stopped) {
      expect(responseOf(await ask()).allowed).toBe(true);
      answers += 1;
    }
  };
  const calls = Promise.all(Array.from({ length: callers }, call)).catch((error: unknown) => {
    stopped = true;
    throw error;
  });
  return {
    untilMore: async (more) => {
      const target = answers + more;
      const arrived = async (): Promise<void> => {
        while (!stopped && answers < target) await new Promise(setImmediate);
      };
      // A caller that fails ends the wait with its own reason; else nothing would ever arrive.
      await Promise.race([calls, arrived()]);
    },
    stop: async () => {
      stopped = true;
      await calls;
      return answers;
    },
  };
}

const review = reviewOf(pod());

test('a caller that fails ends the wait for answers with its own reason', async () => {
  const { untilMore } = load(2, () => Promise.reject(new Error('refused')));
  await expect(untilMore(1)).rejects.toThrow('refused');
});

test('a drain fails no request', async () => {
  const [going, staying] = [await startUnderTest(certificates), await startUnderTest(certificates)];
  // As the endpoints of a Service do, with a delay: callers learn after a while that one is not ready.
  let chosen: UnderTest = going;
  const ask = (): Promise<Answer> => chosen.post('/validate', review);
  const { stop, untilMore } = load(10, ask);
  await untilMore(100);

  const delay = Promise.withResolvers<undefined>();
  const bound = new Promise<undefined>(() => undefined);
  let waits = 0;
  const stopped = going.webhook.stop({
    delayMs: 5_000,
    boundMs: 10_000,
    wait: () => (waits++ === 0 ? delay.promise : bound),
  });
  const probe = await request(`http://127.0.0.1:${going.webhook.healthPort}`).get('/readyz');
  expect(probe.status).toBe(503);
  await untilMore(100);
  expect((await going.post('/validate', review)).headers['connection']).toBe('close');
  chosen = staying;
  await untilMore(100);
  delay.resolve(undefined);
  await stopped;
  await untilMore(100);
  await stop();
  await expect(going.post('/validate', review)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await staying.stop();
});

test('a drain waits for a request that is being sent, and not longer than its bound', async () => {
  const server = await startUnderTest(certificates);
  const [slow, never] = [await server.connect(), await server.connect()];
  const head = 'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  const body = JSON.stringify(review);
  for (const socket of [slow, never]) socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`);
  while (!(await server.metrics.text()).includes('in_flight 2\n')) await new Promise(setImmediate);
  const bound = Promise.withResolvers<undefined>();
  let waits = 0;
  const stopped = server.webhook.stop({
    delayMs: 0,
    boundMs: 1,
    wait: () => (waits++ === 0 ? Promise.resolve() : bound.promise),
  });
  const received = new Promise<string>((resolve) => slow.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  slow.write(body.slice(9));
  const answer = await received;
  expect(answer).toContain('Connection: close');
  expect(answer).toContain('"allowed":true');
  const cut = new Promise((resolve) => never.once('close', resolve));
  never.on('error', () => undefined);
  bound.resolve(undefined);
  await Promise.all([stopped, cut]);
  server.agent.destroy();
});

test('a change of the certificate fails no request, and new connections see the new one', async () => {
  const server = await startUnderTest(certificates);
  const ca = certificates.authority.cert;
  const next = await issueServing(
    { dnsNames: ['next'], ipAddresses: ['127.0.0.1'] },
    certificates.authority,
    Date.now(),
  );
  // Half of the callers make a connection for every request.
  const fresh = new Agent({ keepAlive: false, ca, maxCachedSessions: 0 });
  let turn = 0;
  const { stop, untilMore } = load(8, () =>
    post(server.webhook.port, turn++ % 2 === 0 ? fresh : server.agent, '/validate', review),
  );
  for (const pair of [next, certificates.serving, next]) {
    await untilMore(60);
    server.webhook.serveKeyPair({ ...pair, expiresMs: Infinity });
  }
  await untilMore(60);
  await stop();
  const socket = await server.connect();
  expect(socket.getPeerCertificate().subject.CN).toBe('next');
  socket.destroy();
  fresh.destroy();
  await server.stop();
});
