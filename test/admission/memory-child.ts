/* Run by hostile.test.ts in a process of its own with --expose-gc: prints what it holds before and after hostile bodies. */
import { startWebhook } from '../../src/admission/webhook.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { repair } from '../../src/policy/fix.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';

const authority = await issueAuthority('Test CA', Date.now());
const serving = await issueServing({ dnsNames: [], ipAddresses: ['127.0.0.1'] }, authority, Date.now());
const policy = defaultPolicy();
const webhook = await startWebhook({
  engine: { policy: () => policy, judge, repair },
  keyPair: { ...serving, expiresMs: Infinity },
  host: '127.0.0.1',
  port: 0,
  healthPort: 0,
  log: openLog({
    level: 'error',
    destination: { write: () => undefined, flush: () => Promise.resolve() },
    now: Date.now,
  }),
  metrics: createMetrics([]),
  now: Date.now,
  monotonicMs: () => performance.now(),
});

function post(body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' };
    const options = { port: webhook.port, host: '127.0.0.1', method: 'POST', path: '/validate', agent, headers };
    const posted = request(options, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    posted.on('error', reject);
    posted.end(body);
  });
}

/** Leaves in the middle of a body of a megabyte. */
function leave(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: webhook.port, host: '127.0.0.1', ca: authority.cert }, () => {
      const head =
        'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n';
      socket.write(head + 'x'.repeat(1_000_000), () => socket.destroy());
    });
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
}

function review(object: unknown): string {
  const request = { uid: 'u', operation: 'CREATE', namespace: 'a', object };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

const tool = { name: 'a', image: 'nicolaka/netshoot' };
const bodies = [
  'x'.repeat(8_000_000),
  'x'.repeat(9_000_000),
  review({ apiVersion: 'v1', kind: 'Pod', metadata: { annotations: { a: 'x'.repeat(7_000_000) } }, spec: {} }),
  review({ apiVersion: 'v1', kind: 'Pod', spec: { containers: Array.from({ length: 50_000 }, () => tool) } }),
  '['.repeat(1_000_000) + ']'.repeat(1_000_000),
];

async function round(agent: Agent): Promise<void> {
  for (const body of bodies) await post(body, agent);
  for (let index = 0; index < 5; index += 1) await leave();
}

async function heldMb(): Promise<number> {
  for (let turn = 0; turn < 5; turn += 1) {
    global.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

const agent = new Agent({ keepAlive: true, ca: authority.cert });
await round(agent);
const before = await heldMb();
for (let turn = 0; turn < 4; turn += 1) await round(agent);
const after = await heldMb();
process.stdout.write(JSON.stringify({ before, after }));
agent.destroy();
await webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() });
