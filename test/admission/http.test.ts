import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { judge } from '../../src/policy/evaluate.ts';
import { pod } from '../support/pods.ts';
import type { Answer, Certificates, UnderTest } from './webhook-under-test.ts';
import { makeCertificates, responseOf, reviewOf, send, startUnderTest } from './webhook-under-test.ts';

let certificates: Certificates;
let server: UnderTest;

beforeAll(async () => {
  certificates = await makeCertificates();
  server = await startUnderTest(certificates);
});
afterAll(() => server.stop());

const json = { 'Content-Type': 'application/json' };
const review = JSON.stringify(reviewOf(pod()));

function request(
  method: string,
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
): Promise<Answer> {
  return send(server.webhook.port, server.agent, method, path, body, headers);
}

describe('without a uid to answer to, the status says what is wrong', () => {
  const { request: bare } = reviewOf(pod()) as { request: object };
  const v1 = 'admission.k8s.io/v1';
  test.each<[number, string, unknown]>([
    [400, 'the body is empty', ''],
    [400, 'the body is not JSON', '{'],
    [400, 'the body is not JSON', Buffer.from([0xff, 0xfe, 0x00])],
    [400, 'the body is not JSON', Buffer.from(review, 'utf16le')],
    [400, 'the body is not a JSON object', []],
    [400, 'the body is not a JSON object', 'null'],
    [400, 'the body is not an AdmissionReview', {}],
    [400, 'the body is not an AdmissionReview', bare],
    [400, 'the AdmissionReview is not of admission.k8s.io/v1', { kind: 'AdmissionReview' }],
    [400, 'the review has no request', { kind: 'AdmissionReview', apiVersion: v1 }],
    [400, 'the review has no request', { kind: 'AdmissionReview', apiVersion: v1, request: [] }],
    [400, 'the request has no uid', { kind: 'AdmissionReview', apiVersion: v1, request: {} }],
    [400, 'the request has no uid', reviewOf(pod(), { uid: '' })],
    [400, 'the request has no uid', reviewOf(pod(), { uid: 1 })],
  ])('%d: %s', async (status, error, body) => {
    for (const path of ['/validate', '/mutate']) {
      const answer = await server.post(path, body);
      expect({ status: answer.status, body: JSON.parse(answer.text) as unknown }).toEqual({ status, body: { error } });
    }
  });

  test.each<[number, string, string, string, Record<string, string>]>([
    [404, 'POST', '/', 'no such path: there is POST /validate and POST /mutate here', json],
    [404, 'POST', '/validate/', 'no such path: there is POST /validate and POST /mutate here', json],
    [404, 'GET', '/metrics', 'no such path: there is POST /validate and POST /mutate here', json],
    [404, 'POST', '/%', 'no such path: there is POST /validate and POST /mutate here', json],
    [405, 'GET', '/validate', 'reviews come by POST', json],
    [405, 'PUT', '/mutate?timeout=1s', 'reviews come by POST', json],
    [415, 'POST', '/validate', 'reviews come as application/json', {}],
    [415, 'POST', '/validate', 'reviews come as application/json', { 'Content-Type': 'application/yaml' }],
    [415, 'POST', '/validate', 'reviews come as application/json', { 'Content-Type': 'application/jsonp' }],
    [415, 'POST', '/validate', 'reviews come unencoded', { ...json, 'Content-Encoding': 'gzip' }],
  ])('%d for %s %s: %s', async (status, method, path, error, headers) => {
    const answer = await request(method, path, method === 'GET' ? '' : review, headers);
    expect({ status: answer.status, body: JSON.parse(answer.text) as unknown }).toEqual({ status, body: { error } });
    expect(answer.headers['allow']).toBe(status === 405 ? 'POST' : undefined);
    expect(answer.headers['x-powered-by']).toBeUndefined();
  });

  test('CONNECT is answered and not just closed', async () => {
    const text = await talk('CONNECT /validate HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\nAllow: POST\r\n/);
  });
});

test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json ;a=b'])(
  '%s is JSON',
  async (type) => {
    expect(responseOf(await server.post('/validate', review, { 'Content-Type': type })).allowed).toBe(true);
  },
);

describe('with a uid to answer to, a review is answered', () => {
  test.each([
    [{ apiVersion: 'admission.k8s.io/v1beta1' }, 'the AdmissionReview is not of admission.k8s.io/v1'],
    [{ kind: 'Pod' }, 'the body is not an AdmissionReview'],
  ])('%j is refused', async (fields, problem) => {
    expect(responseOf(await server.post('/validate', { ...reviewOf(pod()), ...fields }))).toEqual({
      uid: 'e1b2',
      allowed: false,
      status: {
        status: 'Failure',
        code: 400,
        reason: 'BadRequest',
        message: `Seawall cannot judge this request: ${problem}`,
      },
    });
  });

  test('behind a byte order mark, and around bytes that are not UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('\ufeff'), Buffer.from(review)]);
    const at = body.indexOf('"app"');
    body[at + 1] = 0xff;
    expect(responseOf(await server.post('/validate', body)).uid).toBe('e1b2');
  });

  test.each(['hostNetwork', 'null', '5', '"x"', '[]'])(
    'whatever stands in the place of the object: %s',
    async (object) => {
      const body = JSON.stringify(reviewOf(null)).replace(
        '"object":null',
        `"object":${object === 'hostNetwork' ? '{}' : object}`,
      );
      expect(responseOf(await server.post('/validate', body))).toEqual({ uid: 'e1b2', allowed: true });
    },
  );
});

describe('an error inside Seawall is HTTP 500, for the failurePolicy to decide', () => {
  test.each(['/validate', '/mutate'])('%s', async (path) => {
    const faulty = await startUnderTest(certificates, {
      engine: {
        judge: (...args) => {
          if (JSON.stringify(args[0]).includes('faulty')) throw new TypeError('a bug at env.SECRET');
          return judge(...args);
        },
      },
    });
    const { status, text, headers } = await faulty.post(path, reviewOf(pod({}, { name: 'faulty' })));
    expect({ status, text }).toEqual({ status: 500, text: '{"error":"internal error"}\n' });
    expect(headers['retry-after']).toBeUndefined();
    expect(responseOf(await faulty.post(path, review)).allowed).toBe(true);
    expect(await faulty.metrics.text()).toContain(`seawall_internal_errors_total{route="${path.slice(1)}"} 1`);
    expect(faulty.lines()).toEqual([
      {
        level: 'error',
        time: '2026-11-24T00:00:00.000Z',
        route: path.slice(1),
        error: {
          name: 'TypeError',
          message: 'a bug at env.SECRET',
          stack: expect.stringContaining('http.test.ts') as string,
        },
        msg: 'internal error',
      },
    ]);
    await faulty.stop();
  });
});

describe('bodies', () => {
  const padded = (bytes: number): Buffer =>
    Buffer.concat([Buffer.from(review), Buffer.alloc(bytes - review.length, ' ')]);
  const limit = 8 * 1024 * 1024;
  const tooLarge = { error: `the body is larger than ${limit} bytes` };

  test('of 8 MiB are judged to their last byte', async () => {
    const object = pod({ containers: [], hostNetwork: true }, { annotations: { padding: 'x'.repeat(limit - 700) } });
    const answer = await server.post('/validate', reviewOf(object));
    expect(responseOf(answer).allowed).toBe(false);
    expect(responseOf(await server.post('/validate', padded(limit))).allowed).toBe(true);
  });

  test('above are 413, whether they say their length or not, and the connection lives on', async () => {
    const declared = await server.post('/validate', padded(limit + 1));
    expect([declared.status, JSON.parse(declared.text)]).toEqual([413, tooLarge]);
    const chunked = await server.post('/validate', padded(limit + 1), { ...json, 'Transfer-Encoding': 'chunked' });
    expect([chunked.status, JSON.parse(chunked.text)]).toEqual([413, tooLarge]);
    expect((await server.post('/validate', review)).status).toBe(200);
  });

  test('are refused unread where too many come at once', async () => {
    const small = await startUnderTest(certificates, { limits: { allBodiesBytes: 1000 } });
    const { status, text } = await small.post('/validate', padded(2000));
    expect([status, text]).toEqual([503, '{"error":"too many bytes at once"}\n']);
    expect(responseOf(await small.post('/validate', review)).allowed).toBe(true);
    await small.stop();
    const busy = await startUnderTest(certificates, { limits: { inFlight: 0 } });
    expect((await busy.post('/validate', review)).text).toBe('{"error":"too many requests at once"}\n');
    await busy.stop();
  });
});

/** Writes bytes on a connection of their own and returns all that comes back until it is closed. */
async function talk(text: string, after: (socket: TLSSocket) => void = () => undefined): Promise<string> {
  const socket = await server.connect();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The server may close before it has read what it does not want; what it wrote before is here all the same.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(text);
  after(socket);
  await closed;
  return Buffer.concat(chunks).toString();
}

const post = (body: string, extra = ''): string =>
  `POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${extra}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('connections', () => {
  test('are used again', async () => {
    const answers = [await server.post('/validate', review), await server.post('/mutate', review)];
    expect(answers[1]?.reusedSocket).toBe(true);
    expect(answers[1]?.headers['keep-alive']).toBe('timeout=120');
  });

  test('speak HTTP/1.1 only', async () => {
    const socket = await server.connect();
    expect(socket.alpnProtocol === false || socket.alpnProtocol === 'http/1.1').toBe(true);
    socket.destroy();
  });

  test('may carry requests that do not wait for answers; they are answered in order', async () => {
    const uids = ['one', 'two', 'three'];
    const bodies = uids.map((uid) => JSON.stringify(reviewOf(pod(), { uid })));
    const text = await talk(
      bodies.map((body, index) => post(body, index === 2 ? 'Connection: close\r\n' : '')).join(''),
    );
    expect([...text.matchAll(/"uid":"(\w+)"/g)].map(([, uid]) => uid)).toEqual(uids);
  });

  test('may be half closed after a request', async () => {
    const text = await talk(post(review), (socket) => socket.end());
    expect(text).toContain('"allowed":true');
  });

  test('may end in the middle of a body, which holds nothing up', async () => {
    await talk(post(review).slice(0, -10), (socket) => socket.end());
    await talk(post(review).slice(0, -10), (socket) => socket.destroy());
    expect(responseOf(await server.post('/validate', review)).allowed).toBe(true);
    await untilInFlight(server, 0);
  });

  test('may bring a body byte by byte', async () => {
    const text = await talk(post(review, 'Connection: close\r\n').slice(0, -review.length), (socket) => {
      for (const byte of Buffer.from(review)) socket.write(Buffer.from([byte]));
    });
    expect(text).toContain('"allowed":true');
  });

  test.each(['no HTTP at all\r\n\r\n', '\u0000\u0001\u0002', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(3_000)}\r\n`])(
    'that speak something else get an answer (%#)',
    async (text) => {
      expect(await talk(text)).toMatch(/^HTTP\/1\.1 4\d\d /);
    },
  );
});

async function untilInFlight(of: UnderTest, count: number): Promise<void> {
  while (!(await of.metrics.text()).includes(`seawall_http_requests_in_flight ${count}\n`)) {
    await new Promise(setImmediate);
  }
}

test('a body that is too slow for the timeout of its request is given up at 90 % of it', async () => {
  let clockMs = 0;
  const slow = await startUnderTest(certificates, { monotonicMs: () => clockMs });
  const socket = await slow.connect();
  socket.write(post(review).replace('/validate', '/validate?timeout=2s').slice(0, -1));
  await untilInFlight(slow, 1);
  clockMs = 1_800;
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/);
  expect(chunk.toString()).toContain('Connection: close');
  socket.destroy();
  await slow.stop();
});
