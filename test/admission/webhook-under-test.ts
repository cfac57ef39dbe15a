import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { AdmissionLimits } from '../../src/admission/handler.ts';
import type { Engine } from '../../src/admission/engine.ts';
import type { Webhook, WebhookOptions } from '../../src/admission/webhook.ts';
import { startWebhook } from '../../src/admission/webhook.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import type { IssuedCertificate } from '../../src/certificates/issue.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { repair } from '../../src/policy/fix.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { openLog } from '../../src/telemetry/log.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { jsonLines } from '../support/json-lines.ts';
import type { Fields } from '../support/pods.ts';

/** The day on which the tests take place. */
export const nowMs = Date.UTC(2026, 10, 24);

export interface Certificates {
  readonly authority: IssuedCertificate;
  readonly serving: IssuedCertificate;
}

export async function makeCertificates(): Promise<Certificates> {
  const authority = await issueAuthority('Test CA', Date.now());
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  return { authority, serving: await issueServing(names, authority, Date.now()) };
}

/** A log whose lines are kept. */
export function keptLog(): { readonly log: Log; readonly lines: () => Record<string, unknown>[] } {
  const texts: string[] = [];
  const destination = { write: (line: string) => void texts.push(line), flush: () => Promise.resolve() };
  const log = openLog({ level: 'info', destination, now: () => nowMs });
  return {
    log,
    lines: () => {
      void log.flush();
      return jsonLines(texts.join('')) as Record<string, unknown>[];
    },
  };
}

export interface UnderTest {
  readonly webhook: Webhook;
  readonly metrics: Metrics;
  readonly lines: () => Record<string, unknown>[];
  readonly agent: Agent;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** A TLS connection of its own, for bytes that no HTTP client would send. */
  readonly connect: () => Promise<TLSSocket>;
  readonly stop: () => Promise<void>;
}

export interface Setting {
  readonly engine?: Partial<Engine>;
  readonly limits?: Partial<AdmissionLimits>;
  readonly monotonicMs?: () => number;
  readonly port?: number;
  readonly execTargets?: WebhookOptions['execTargets'];
}

/** A real webhook on ports of its own. */
export async function startUnderTest(certificates: Certificates, setting: Setting = {}): Promise<UnderTest> {
  const policy = defaultPolicy();
  const metrics = createMetrics(ruleDefinitions.map(({ id }) => id));
  const { log, lines } = keptLog();
  const webhook = await startWebhook({
    engine: { policy: () => policy, judge, repair, ...setting.engine },
    keyPair: { ...certificates.serving, expiresMs: nowMs + 1 },
    host: '127.0.0.1',
    port: setting.port ?? 0,
    healthPort: 0,
    log,
    metrics,
    now: () => nowMs,
    monotonicMs: setting.monotonicMs ?? (() => performance.now()),
    execTargets: setting.execTargets,
    ...(setting.limits === undefined ? {} : { limits: setting.limits }),
  });
  const ca = certificates.authority.cert;
  const agent = new Agent({ keepAlive: true, ca });
  return {
    webhook,
    metrics,
    lines,
    agent,
    post: (path, body, headers) => post(webhook.port, agent, path, body, headers),
    connect: () =>
      new Promise((resolve, reject) => {
        const socket = connect({ port: webhook.port, host: '127.0.0.1', ca }, () => resolve(socket));
        socket.once('error', reject);
      }),
    stop: async () => {
      agent.destroy();
      await webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly reusedSocket: boolean;
}

/** Posts a body as it is where it is bytes or a string, and as JSON where it is anything else. */
export function post(
  port: number,
  agent: Agent,
  path: string,
  body: unknown,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
): Promise<Answer> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return send(port, agent, 'POST', path, bytes, headers);
}

export function send(
  port: number,
  agent: Agent,
  method: string,
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
          reusedSocket: request.reusedSocket,
        }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The response inside an answered review, of the shape that the API server reads. */
export interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: {
    readonly status: string;
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: { readonly causes: readonly { reason: string; field: string; message: string }[] };
  };
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly patch?: string;
  readonly patchType?: string;
}

/** The response of an answer that must be a review with HTTP 200. */
export function responseOf({ status, text, headers }: Answer): Response {
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/json');
  expect(headers['retry-after']).toBeUndefined();
  const review = JSON.parse(text) as { apiVersion: string; kind: string; response: Response };
  expect({ apiVersion: review.apiVersion, kind: review.kind }).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
  });
  return review.response;
}

const kinds: Readonly<Record<string, Fields>> = {
  Pod: { group: '', version: 'v1', kind: 'Pod' },
  Deployment: { group: 'apps', version: 'v1', kind: 'Deployment' },
  PodExecOptions: { group: '', version: 'v1', kind: 'PodExecOptions' },
};

/** A review as the API server sends it; `fields` replace those of the request. */
export function reviewOf(object: Fields | null, fields: Fields = {}): Fields {
  const kind = typeof object?.['kind'] === 'string' ? object['kind'] : 'Pod';
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'e1b2',
      kind: kinds[kind] ?? { group: '', version: 'v1', kind },
      namespace: 'default',
      name: 'app',
      operation: 'CREATE',
      userInfo: { username: 'jane', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      ...fields,
    },
  };
}

export function policyWith(spec: Fields): Policy {
  return parsePolicy({
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'test' },
    spec,
  });
}
