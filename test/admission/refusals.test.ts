import { once } from 'node:events';
import { get } from 'node:http';
import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { createHealthServer, listen } from '../../src/admission/server.ts';
import { sentWithoutEnd } from '../support/endless-body.ts';
import { pod } from '../support/pods.ts';
import type { Certificates, Setting, UnderTest } from './webhook-under-test.ts';
import { makeCertificates, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let certificates: Certificates;
let server: UnderTest;
let clockMs: number;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(() => {
  clockMs = 0;
});
afterEach(() => server.stop());

async function start(setting: Setting = {}): Promise<void> {
  server = await startUnderTest(certificates, { monotonicMs: () => clockMs, ...setting });
}

const line = (fields: object): object => ({
  level: 'warn',
  time: '2026-11-24T00:00:00.000Z',
  route: 'validate',
  remote: '127.0.0.1',
  ...fields,
});
const refused = (code: number, reason: string, more: object = {}): object =>
  line({ code, reason, ...more, msg: 'refused without a review' });

test('a request that gets no review leaves one line per reason, then one a minute that counts the others', async () => {
  await start({ limits: { bodyBytes: 1_000 } });
  const large = 'x'.repeat(1_001);
  const postAll = async (): Promise<number[]> => {
    const statuses = [];
    for (const body of ['{', large, '']) statuses.push((await server.post('/validate', body)).status);
    statuses.push((await server.post('/validate', '{}', {})).status);
    return statuses;
  };
  const linesOnce = [
    refused(400, 'the body is not JSON'),
    refused(413, 'the body is larger than 1000 bytes'),
    refused(400, 'the body is empty'),
    refused(415, 'reviews come as application/json'),
  ];
  expect(await postAll()).toEqual([400, 413, 400, 415]);
  expect(server.lines()).toEqual(linesOnce);
  await postAll();
  clockMs = 59_999;
  await postAll();
  expect(server.lines()).toEqual(linesOnce);
  clockMs = 60_000;
  await server.post('/validate', '{');
  await server.post('/validate', '{');
  expect(server.lines()).toEqual([...linesOnce, refused(400, 'the body is not JSON', { suppressed: 2 })]);
  clockMs = 120_000;
  await server.post('/validate', '{');
  expect(server.lines().at(-1)).toEqual(refused(400, 'the body is not JSON', { suppressed: 1 }));
  expect(await server.metrics.text()).toContain('seawall_http_requests_total{route="validate",code="413"} 3');
});

test('a server that is too busy says so in its log', async () => {
  await start({ limits: { inFlight: 0 } });
  await server.post('/validate', reviewOf(pod()));
  expect(server.lines()).toEqual([refused(503, 'too many requests at once')]);
});

test('a body that does not come in time says so in the log', async () => {
  await start();
  const socket = await server.connect();
  const head =
    'POST /validate?timeout=2s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n';
  socket.write(head);
  while (!(await server.metrics.text()).includes('in_flight 1\n')) await new Promise(setImmediate);
  clockMs = 1_800;
  await once(socket, 'data');
  expect(server.lines()).toEqual([refused(504, 'the body did not come in time')]);
  socket.destroy();
});

test('a review in a foreign form is logged, and counted as a result of its own', async () => {
  await start();
  const foreign = { ...reviewOf(pod()), apiVersion: 'admission.k8s.io/v1beta1' };
  expect(responseOf(await server.post('/validate', foreign)).allowed).toBe(false);
  await server.post('/validate', foreign);
  expect(server.lines()).toEqual([
    line({
      reason: 'the AdmissionReview is not of admission.k8s.io/v1',
      uid: 'e1b2',
      msg: 'denied: a review in a foreign form',
    }),
  ]);
  const counted = (await server.metrics.text()).split('\n').filter((text) => text.startsWith('seawall_reviews_total{'));
  expect(counted).toEqual(['seawall_reviews_total{route="validate",result="foreign"} 2']);
});

test('a handshake that fails is logged by its reason, and counted', async () => {
  await start();
  const here = { port: server.webhook.port, host: '127.0.0.1' };
  // The certificate has a key of RSA.
  const stranger = { ...here, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const;
  const connections = [
    () => connect(stranger),
    () => connect(stranger),
    () => createConnection(here).end('GET / HTTP/1.1\r\n\r\n'),
  ];
  for (const [index, open] of connections.entries()) {
    const socket = open();
    socket.on('error', () => undefined);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    const counted = `seawall_tls_handshake_failures_total ${index + 1}\n`;
    for (let looks = 0; looks < 1_000 && !(await server.metrics.text()).includes(counted); looks += 1) {
      await new Promise(setImmediate);
    }
  }
  const told = server.lines().map(({ level, reason, msg, remote }) => ({ level, reason, msg, remote }));
  const common = { level: 'warn', msg: 'TLS handshake failed', remote: '127.0.0.1' };
  expect(told).toEqual([
    { ...common, reason: 'ERR_SSL_NO_SHARED_CIPHER' },
    { ...common, reason: 'ERR_SSL_HTTP_REQUEST' },
  ]);
  expect(await server.metrics.text()).toContain('seawall_tls_handshake_failures_total 3\n');
});

test('an exec is refused by the name of its pod, and says that the host access of that is not known', async () => {
  await start();
  const options = { apiVersion: 'v1', kind: 'PodExecOptions', container: 'app', command: ['tcpdump', '-i', 'any'] };
  const fields = { operation: 'CONNECT', subResource: 'exec', name: 'app' };
  const { status } = responseOf(await server.post('/validate', reviewOf(options, fields)));
  expect(status?.message).toBe(
    [
      'Seawall refuses exec into Pod default/app by policy default: 1 finding',
      '- command[0] (container app): runs tcpdump (capture); the target\'s host access is not known, so it counts as having it: Falco\'s "Launch Suspicious Network Tool on Host" (in a container\'s cgroup: "... in Container") [network-tool-exec, critical]. What to do: Debug from an ephemeral container of the image that your team approved, in a pod without host access.',
    ].join('\n'),
  );
});

test('a server that is given no host can be had on 127.0.0.1, with IPv6 and without', async () => {
  await start();
  const open = createHealthServer((_request, response) => response.end('here'));
  const port = await listen(open, 0, undefined);
  expect(['::', '0.0.0.0']).toContain((open.address() as AddressInfo).address);
  const [response] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [
    { readonly statusCode: number; readonly resume: () => void },
  ];
  response.resume();
  expect(response.statusCode).toBe(200);
  await new Promise((resolve) => open.close(resolve));
});

test.each([
  ['a path that is none of ours', '/elsewhere', 'application/json', 404],
  ['a body that is no JSON', '/validate', 'text/plain', 415],
  ['a body that is too large', '/validate', 'application/json', 413],
])('who is refused (%s) and sends on without end gets his answer, and is cut off', async (_, path, type, code) => {
  await start({ limits: { bodyBytes: 1_000 } });
  expect(await sentWithoutEnd(await server.connect(), path, type)).toEqual(`HTTP/1.1 ${code}`);
});
