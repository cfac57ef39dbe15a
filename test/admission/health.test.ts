import request from 'supertest';
import { healthApp, restApp } from '../../src/admission/health.ts';
import type { Readiness } from '../../src/admission/health.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Certificates } from './webhook-under-test.ts';
import { makeCertificates, startUnderTest } from './webhook-under-test.ts';

function answerOf(response: { readonly status: number; readonly body: unknown }): unknown[] {
  return [response.status, response.body];
}

let readiness: Readiness;
beforeEach(() => {
  readiness = { ready: true, reasons: [] };
});
const app = healthApp(() => readiness, createMetrics([]));

test('/livez says that it lives', async () => {
  const response = await request(app).get('/livez');
  expect(answerOf(response)).toEqual([200, { status: 'ok' }]);
  expect(response.headers['x-powered-by']).toBeUndefined();
});

test('/readyz says why not', async () => {
  expect((await request(app).get('/readyz')).body).toEqual({ status: 'ok' });
  readiness = { ready: false, reasons: ['draining'] };
  expect(answerOf(await request(app).get('/readyz'))).toEqual([503, { status: 'not ready', reasons: ['draining'] }]);
});

test('/metrics is text for Prometheus', async () => {
  const { status, headers, text } = await request(app).get('/metrics');
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(text).toContain('# TYPE seawall_decisions_total counter');
});

test.each<['get' | 'post', string]>([
  ['get', '/'],
  ['post', '/livez'],
  ['post', '/validate'],
  ['get', '/%ff'],
  ['get', '/../../etc/passwd'],
])('%s %s is not there', async (method, path) => {
  expect(answerOf(await request(app)[method](path))).toEqual([
    404,
    { error: 'no such path: there is GET /livez, /readyz and /metrics here' },
  ]);
});

test('the admission port has no page of its own', async () => {
  expect(answerOf(await request(restApp()).get('/readyz'))).toEqual([
    404,
    { error: 'no such path: there is POST /validate and POST /mutate here' },
  ]);
});

describe('a webhook', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });

  test('is ready while its certificate is good', async () => {
    const { webhook, stop } = await startUnderTest(certificates);
    const health = `http://127.0.0.1:${webhook.healthPort}`;
    expect((await request(health).get('/readyz')).status).toBe(200);
    webhook.serveKeyPair({ ...certificates.serving, expiresMs: 0 });
    expect((await request(health).get('/readyz')).body).toEqual({
      status: 'not ready',
      reasons: ['the serving certificate has ended'],
    });
    expect((await request(health).get('/livez')).status).toBe(200);
    await stop();
  });

  test('whose port is taken starts not at all', async () => {
    const { webhook, stop } = await startUnderTest(certificates);
    await expect(startUnderTest(certificates, { port: webhook.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await stop();
  });
});
