import { readAuditLogs } from '../../src/investigate/audit-log.ts';
import { reasonsOfEntry } from '../../src/investigate/entry.ts';
import type { AuditTarget } from '../../src/investigate/who-did.ts';
import { isAboutAny, whoDid } from '../../src/investigate/who-did.ts';
import type { JsonObject } from '../../src/policy/finding.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import type { Certificates, UnderTest } from '../admission/webhook-under-test.ts';
import { makeCertificates, reviewOf, startUnderTest } from '../admission/webhook-under-test.ts';
import { pod } from '../support/pods.ts';

let certificates: Certificates;
let server: UnderTest;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  server = await startUnderTest(certificates, { engine: { policy: () => defaultPolicy() } });
});
afterEach(() => server.stop());

const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'app', uid: 'u1' };
const target = (created: string): AuditTarget => ({ reference, group: '', resource: 'pods', created, role: 'root' });
const hostPath = { volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] };

async function found(lines: readonly unknown[], targets: readonly AuditTarget[]) {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  async function* chunks(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from(text));
  }
  return readAuditLogs(['-'], chunks, isAboutAny(targets));
}

test.each([
  ['2026-11-24T00:00:01Z', 'likely by name and time in Seawall’s log'],
  ['2026-11-23T00:00:00Z', 'possible by name in Seawall’s log'],
])('the log of the webhook tells who made what it warned of (made %s)', async (created, sure) => {
  await server.post('/validate', reviewOf(pod(hostPath)));
  await server.post('/validate', reviewOf(pod(hostPath, { name: 'other' })));
  const log = await found([...server.lines(), { level: 'info', time: 'x', msg: 'serving' }], [target(created)]);
  expect(log).toMatchObject({ events: 0, decisions: 2, foreign: 1, malformed: 0, from: '2026-11-24T00:00:00.000Z' });
  expect(whoDid([target(created)], [], log, undefined).answer).toBe(
    `jane created Pod default/app (warned of host-path) at 2026-11-24T00:00:00.000Z (${sure})`,
  );
  expect(log.entries.flatMap((entry) => reasonsOfEntry(entry, reference))).toEqual([
    {
      reason:
        'Seawall was asked about a Pod default/app at 2026-11-24T00:00:00.000Z, and let it in (warned of host-path)',
      confidence: 'likely',
    },
  ]);
});

test('what Seawall refused is told as refused, and as no answer to who made it', async () => {
  await server.post('/validate', reviewOf(pod({ hostNetwork: true })));
  const log = await found(server.lines(), [target('')]);
  const { answer, deeds } = whoDid([target('')], [], log, undefined);
  expect(answer).toBe(
    'not known: there is no event of an audit log, and Seawall’s own tells only of what it objected to',
  );
  expect(deeds).toMatchObject([
    { what: 'created Pod default/app (refused by Seawall for host-network)', user: 'jane', code: 403 },
  ]);
});

test('an exec that was refused is told of its pod, and as no reason why the pod got in', async () => {
  const options = { apiVersion: 'v1', kind: 'PodExecOptions', command: ['tcpdump'], container: 'app' };
  await server.post('/validate', reviewOf(options, { operation: 'CONNECT', subResource: 'exec', name: 'app' }));
  const log = await found(server.lines(), [target('')]);
  expect(whoDid([target('')], [], log, undefined).deeds).toMatchObject([
    { what: 'exec into Pod default/app (refused by Seawall for network-tool-exec)', user: 'jane', code: 403 },
  ]);
  expect(log.entries.flatMap((entry) => reasonsOfEntry(entry, reference))).toEqual([]);
});

test.each<[string, JsonObject]>([
  ['an operation of the prototype', { operation: 'constructor' }],
  ['an action that is none', { action: 'allow' }],
  ['no object', { object: null }],
])('a line with %s is no decision', async (_, fields) => {
  await server.post('/validate', reviewOf(pod({ hostNetwork: true })));
  expect(await found([{ ...server.lines()[0], ...fields }], [target('')])).toMatchObject({ decisions: 0, foreign: 1 });
});

test('a line with fields of other types is read without them', async () => {
  const object = { kind: 'Pod', namespace: 'default', name: 'app' };
  const line = { action: 'warn', operation: 'CREATE', object, user: ['x'], rules: { a: 1 }, time: 7, uid: null };
  const { entries } = await found([line], [target('')]);
  expect(entries).toMatchObject([{ user: '', time: '', decision: { kind: 'Pod', action: 'warn', rules: [] } }]);
});
