import { request as httpsRequest } from 'node:https';
import type { ExecTargets } from '../../src/admission/exec-targets.ts';
import { createExecTargets } from '../../src/admission/exec-targets.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Fields } from '../support/pods.ts';
import { container, pod } from '../support/pods.ts';
import { waitUntil } from '../cluster/harness/wait-until.ts';
import type { LocalApiServer } from './local-api-server.ts';
import { sendJson, silence, startLocalApiServer } from './local-api-server.ts';
import type { Certificates, Response, UnderTest } from './webhook-under-test.ts';
import {
  keptLog,
  makeCertificates,
  nowMs,
  policyWith,
  responseOf,
  reviewOf,
  startUnderTest,
} from './webhook-under-test.ts';

let certificates: Certificates;
let api: LocalApiServer;
let server: UnderTest;
let policy: Policy;
let execTargets: Pick<ExecTargets, 'find'>;

beforeAll(async () => {
  certificates = await makeCertificates();
  api = await startLocalApiServer(certificates);
  server = await startUnderTest(certificates, {
    engine: { policy: () => policy },
    execTargets: { find: (...given) => execTargets.find(...given) },
  });
});
afterAll(async () => {
  await server.stop();
  api.stop();
});
beforeEach(() => {
  policy = defaultPolicy();
  const monotonicMs = (): number => performance.now();
  const metrics = createMetrics([]);
  execTargets = createExecTargets({ client: api.client, log: keptLog().log, metrics, now: () => nowMs, monotonicMs });
});

const connect = { operation: 'CONNECT', subResource: 'exec' };
const optionsOf = (command: readonly string[], fields: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'PodExecOptions',
  container: 'app',
  command,
  ...fields,
});

async function exec(command: readonly string[], query = '?timeout=5s'): Promise<Response> {
  return responseOf(await server.post(`/validate${query}`, reviewOf(optionsOf(command), connect)));
}

/** Asks until the answer rests on the target: a busy machine needs the 500 ms of a look-up for itself. */
async function execIntoKnown(command: readonly string[]): Promise<Response & { readonly attempts: number }> {
  for (let attempts = 1; ; attempts += 1) {
    const response = await exec(command);
    if (response.status?.message.includes('host access is not known') !== true) return { ...response, attempts };
  }
}

const answerWithPod = (spec: Fields): void =>
  api.answerWith((_request, response) => sendJson(response, 200, pod(spec)));

describe('an exec whose verdict no target can change asks for none', () => {
  const table: readonly (readonly [string, Fields, Fields])[] = [
    ['no tool', optionsOf(['ls', '/']), connect],
    ['a shell', optionsOf(['sh']), connect],
    [
      'an attach',
      { apiVersion: 'v1', kind: 'PodAttachOptions', container: 'app' },
      { operation: 'CONNECT', subResource: 'attach' },
    ],
    ['a pod', pod({ hostNetwork: true }), {}],
    ['options that nobody connects with', optionsOf(['nmap']), { operation: 'CREATE' }],
  ];
  test.each(table)('%s', async (_what, object, fields) => {
    answerWithPod({});
    responseOf(await server.post('/validate', reviewOf(object, fields)));
    expect(api.asked()).toEqual([]);
  });

  test('a tool in a namespace that is exempt', async () => {
    const exemption = { name: 'x', reason: 'x', owner: 'x', rules: ['network-tool-exec'], namespaces: ['default'] };
    policy = policyWith({ exemptions: [exemption] });
    answerWithPod({});
    expect((await exec(['nmap'])).auditAnnotations).toEqual({ exempted: 'x: network-tool-exec' });
    expect(api.asked()).toEqual([]);
  });
});

describe('an exec of a tool', () => {
  test('asks for its target, once', async () => {
    answerWithPod({});
    const { attempts, ...response } = await execIntoKnown(['nmap']);
    expect(response).toEqual({
      uid: 'e1b2',
      allowed: true,
      warnings: ['seawall: network-tool-exec command[0]: runs nmap (scanner)'],
      auditAnnotations: { warned: 'network-tool-exec at command[0]' },
    });
    expect(api.asked()).toEqual(Array.from({ length: attempts }, () => 'GET /api/v1/namespaces/default/pods/app'));
  });

  test('is refused where the target has host access, with what that is', async () => {
    answerWithPod({ hostNetwork: true, hostPID: true });
    expect((await execIntoKnown(['nmap'])).status?.message).toBe(
      'Seawall refuses exec into Pod default/app by policy default: 1 finding\n- command[0] (container app): runs nmap (scanner) with host access (hostNetwork, hostPID): Falco\'s "Launch Suspicious Network Tool on Host" (in a container\'s cgroup: "... in Container") [network-tool-exec, critical]. What to do: Debug from an ephemeral container of the image that your team approved, in a pod without host access.',
    );
  });

  test('is refused where the target is not there: the API server will say so itself', async () => {
    api.answerWith((_request, response) => sendJson(response, 404, { kind: 'Status', code: 404, reason: 'NotFound' }));
    expect((await exec(['nmap'])).status?.message).toContain("the target's host access is not known");
  });

  test('is asked for where a policy is softer with host access than without', async () => {
    policy = policyWith({
      rules: { 'network-tool-exec': { classes: { scanner: { action: 'deny', hostAccess: 'off' } } } },
    });
    answerWithPod({});
    expect((await execIntoKnown(['nmap'])).allowed).toBe(false);
    answerWithPod({ hostNetwork: true });
    expect((await execIntoKnown(['nmap'])).allowed).toBe(true);
  });

  test('is let through by an exemption of the image that its container has', async () => {
    const exemption = {
      name: 'x',
      reason: 'x',
      owner: 'x',
      rules: ['network-tool-exec'],
      images: ['docker.io/calico/**'],
    };
    policy = policyWith({ exemptions: [exemption] });
    answerWithPod({ hostNetwork: true, containers: [container({ image: 'calico/node:v3' })] });
    expect(await execIntoKnown(['nmap'])).toMatchObject({
      allowed: true,
      auditAnnotations: { exempted: 'x: network-tool-exec' },
    });
  });

  test('is logged with its container and where its target is known from', async () => {
    answerWithPod({ hostNetwork: true });
    await execIntoKnown(['nmap', 's3cret']);
    const line = server.lines().at(-1);
    expect(line).toMatchObject({ action: 'deny', container: 'app', target_from: 'live', object: { name: 'app' } });
    expect(JSON.stringify(line)).not.toMatch(/s3cret|"nmap/);
  });
});

describe('an exec that waits for its target', () => {
  test('is answered before its own deadline, where that comes first', async () => {
    api.answerWith(silence);
    // Later than this, it would be HTTP 504.
    const { status } = await exec(['nmap'], '?timeout=400ms');
    expect(status?.message).toContain("the target's host access is not known");
  });

  test('is forgotten where its caller goes away', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    api.answerWith((_request, response) => {
      resolve(undefined);
      void release.promise.then(() => sendJson(response, 200, pod({ hostNetwork: true })));
    });
    const before = server.lines().length;
    const { port } = server.webhook;
    const headers = { 'Content-Type': 'application/json' };
    const caller = httpsRequest({
      port,
      host: '127.0.0.1',
      agent: server.agent,
      method: 'POST',
      path: '/validate',
      headers,
    });
    caller.on('error', () => undefined);
    caller.end(JSON.stringify(reviewOf(optionsOf(['nmap']), connect)));
    await asked;
    caller.destroy();
    const inFlight = 'seawall_http_requests_in_flight 0';
    await waitUntil('the webhook to see it go', async () =>
      (await server.metrics.text()).includes(inFlight) ? true : undefined,
    );
    release.resolve(undefined);
    // Another exec of the same pod shares the look-up or comes after it.
    await exec(['nmap']);
    expect(server.lines()).toHaveLength(before + 1);
  });

  test('ends in an internal error where the look-up breaks, so that the failurePolicy decides', async () => {
    execTargets = { find: () => Promise.reject(new Error('a bug')) };
    const answer = await server.post('/validate', reviewOf(optionsOf(['nmap']), connect));
    expect([answer.status, answer.text]).toEqual([500, '{"error":"internal error"}\n']);
  });
});
