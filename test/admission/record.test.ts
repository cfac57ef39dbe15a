import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { container, pod } from '../support/pods.ts';
import type { Certificates, UnderTest } from './webhook-under-test.ts';
import { makeCertificates, policyWith, reviewOf, startUnderTest } from './webhook-under-test.ts';

let certificates: Certificates;
let server: UnderTest;
let policy: Policy;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  policy = defaultPolicy();
  let clockMs = 0;
  // Each look at the clock finds it 2 ms later.
  server = await startUnderTest(certificates, { engine: { policy: () => policy }, monotonicMs: () => (clockMs += 2) });
});
afterEach(() => server.stop());

const lineOf = (fields: Fields): Fields => ({
  level: 'info',
  time: '2026-11-24T00:00:00.000Z',
  uid: 'e1b2',
  user: 'jane',
  operation: 'CREATE',
  object: { kind: 'Pod', namespace: 'default', name: 'app' },
  duration_ms: 2,
  ...fields,
});
const hostPath = { volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] };

test('a denial, a warning and a repair are one line each', async () => {
  await server.post('/validate', reviewOf(pod({ hostNetwork: true, ...hostPath })));
  await server.post('/validate', reviewOf(pod(hostPath), { operation: 'UPDATE', oldObject: pod() }));
  await server.post('/mutate', reviewOf(pod({ containers: [container({ securityContext: {} })] })));
  await server.post('/validate', reviewOf(pod()));
  expect(server.lines()).toEqual([
    lineOf({
      action: 'deny',
      rules: ['host-network'],
      findings: 1,
      paths: ['spec.hostNetwork'],
      warned_rules: ['host-path'],
      msg: 'denied',
    }),
    lineOf({
      action: 'warn',
      operation: 'UPDATE',
      rules: ['host-path'],
      findings: 1,
      paths: ['spec.volumes[0].hostPath.path'],
      msg: 'warned',
    }),
    lineOf({ action: 'repair', rules: ['net-raw-default'], notes: ['dropped NET_RAW from app'], msg: 'repaired' }),
  ]);
});

test('a static pod that was spared is told', async () => {
  const mirror = pod({ hostNetwork: true, nodeName: 'n' }, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
  await server.post('/validate', reviewOf(mirror, { userInfo: { username: 'system:node:n' } }));
  expect(server.lines()).toMatchObject([{ action: 'audit', msg: 'spared: mirror-pod', rules: ['host-network'] }]);
});

test('a dry run is answered the same and leaves nothing behind', async () => {
  const object = pod({ hostNetwork: true });
  const real = await server.post('/validate', reviewOf(object));
  const before = await server.metrics.text();
  const dry = await server.post('/validate', reviewOf(object, { dryRun: true }));
  expect(dry.text).toBe(real.text);
  expect(server.lines()).toHaveLength(1);
  const decisions = /^seawall_(?:decisions|reviews)_total\{.*$/gm;
  expect((await server.metrics.text()).match(decisions)).toEqual(before.match(decisions));
});

test('what the caller wrote is escaped and cut, and no word of a command or environment is told', async () => {
  const secret = 'hunter2';
  const evil = container({
    name: `a\u001b[31m\n${'n'.repeat(10_000)}`,
    command: ['sh', '-c', `PASSWORD=${secret} nmap ${secret}`],
    args: [secret],
    env: [{ name: 'TOKEN', value: secret }],
  });
  const object = pod({ containers: Array.from({ length: 50 }, () => evil) }, { name: '\u009b2J\u202e' });
  const fields = { name: '', uid: 'u'.repeat(1_000), userInfo: { username: `x\n${'y'.repeat(5_000)}` } };
  await server.post('/validate', reviewOf(object, fields));
  const [line] = server.lines();
  const text = JSON.stringify(line);
  expect(line).toMatchObject({ action: 'deny', findings: 50, object: { name: '\\u009b2J\\u202e' } });
  expect(text).not.toContain(secret);
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(text.length).toBeLessThan(4_000);
});

test('decisions are counted by rule and action, exemptions by name', async () => {
  policy = policyWith({
    exemptions: [{ name: 'cni', reason: 'x', owner: 'x', rules: ['host-network'], namespaces: ['default'] }],
  });
  await server.post('/validate', reviewOf(pod({ hostNetwork: true, hostIPC: true, ...hostPath })));
  const text = await server.metrics.text();
  for (const line of [
    'seawall_decisions_total{rule="host-network",action="exempt"} 1',
    'seawall_decisions_total{rule="host-ipc",action="deny"} 1',
    'seawall_decisions_total{rule="host-path",action="warn"} 1',
    'seawall_exemptions_used_total{exemption="cni"} 1',
    'seawall_reviews_total{route="validate",result="denied"} 1',
    'seawall_http_requests_total{route="validate",code="200"} 1',
    'seawall_http_request_duration_seconds_count{route="validate"} 1',
  ]) {
    expect(text).toContain(line);
  }
});
