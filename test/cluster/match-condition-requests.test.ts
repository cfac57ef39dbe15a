/*
 * The compiled conditions before every kind of request that the webhook is registered for, and some that it is not: what
 * the policy could refuse is asked of it, and no condition ends in an error, which under `Fail` would refuse the request.
 */
import fc from 'fast-check';
import { conditionedConfiguration, conditionedWebhooks } from '../../src/compile/webhook-document.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { asObject, asString } from '../../src/policy/json.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { arbitraryRulePod } from '../support/arbitrary-command-pods.ts';
import type { Fields } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import type { ApiClient } from './harness/api-request.ts';
import { createApiClient } from './harness/api-request.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import type { TestWebhook } from './harness/webhook.ts';
import { startTestWebhook } from './harness/webhook.ts';
import { inParallel } from './in-parallel.ts';
import { webhookConfigurations } from './webhook-configurations.ts';

const pods = '/api/v1/namespaces/default/pods';
const seed = Number(process.env['SEAWALL_SEED'] ?? Date.now() % 1_000_000_000);
const policy = defaultPolicy();
const quiet = { name: 'app', image: 'app', securityContext: { capabilities: { drop: ['ALL'] } } };
const tool = { ...quiet, name: 'tool', image: 'nicolaka/netshoot' };
const debug = { name: 'debug', image: 'app', securityContext: { capabilities: { drop: ['ALL'] } } };

function pod(name: string, spec: Fields, metadata: Fields = {}): Fields {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers: [quiet], ...spec } };
}

describeLevel('control plane', 'matchConditions by the kind of request', () => {
  let cluster: ControlPlane;
  let webhook: TestWebhook;
  let node: ApiClient;
  let nodeUid = '';

  beforeAll(async () => {
    cluster = await startControlPlane();
    const { body } = await cluster.request('POST', '/api/v1/nodes', { metadata: { name: 'n1' } });
    nodeUid = (body as { readonly metadata: { readonly uid: string } }).metadata.uid;
    node = createApiClient(
      cluster.url,
      cluster.ca.certificate,
      cluster.ca.issue({ commonName: 'system:node:n1', organizations: ['system:nodes'] }),
    );
    // They were there before Seawall came.
    for (const name of ['benign', 'other']) await create(pod(name, { nodeName: 'n1' }));
    await create(pod('bad', { hostNetwork: true }));
    await create(pod('leaving', { hostNetwork: true, nodeName: 'n1' }, { finalizers: ['test.example/stays'] }));
    await cluster.request('DELETE', `${pods}/leaving`);
    webhook = await startTestWebhook(cluster, () => ({ allowed: true }));
    const url = webhook.clientConfig.url.replace('/admit', '');
    const [registered] = webhookConfigurations({ url, ca: cluster.ca.certificate });
    await cluster.apply(registered ?? []);
    const [refusing] = conditionedWebhooks;
    const patch = { webhooks: [{ name: refusing?.name, matchConditions: refusing?.compile(policy).conditions }] };
    const target = ['patch', 'validatingwebhookconfiguration', conditionedConfiguration, '--type=strategic', '--patch'];
    expect(await cluster.kubectl([...target, JSON.stringify(patch)])).toMatchObject({ code: 0, stderr: '' });
    await waitUntil('the conditions to be in force', async () => {
      const [good, bad] = [await asked('POST', `${pods}?dryRun=All`, pod('p', {})), await badAsked()];
      return bad.asked && !good.asked ? true : undefined;
    });
  }, startTimeoutMs);
  afterAll(async () => {
    node.close();
    await cluster.stop();
  });

  async function create(object: Fields): Promise<void> {
    const { status, body } = await cluster.request('POST', pods, object);
    if (status !== 201) throw new Error(JSON.stringify(body));
  }

  interface Asked {
    readonly asked: boolean;
    readonly status: number;
    readonly message: string;
  }

  async function asked(
    method: string,
    path: string,
    object?: object,
    by: Pick<ApiClient, 'request'> = cluster,
  ): Promise<Asked> {
    const before = webhook.requests.length;
    const contentType = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const { status, body } = await by.request(method, path, object, { contentType });
    const { message = '' } = asObject(body);
    return { asked: webhook.requests.length > before, status, message: asString(message) };
  }

  const badAsked = () => asked('POST', `${pods}?dryRun=All`, pod('p', { hostPID: true }));
  const mirror = { annotations: { 'kubernetes.io/config.mirror': 'hash' } };
  const ofNode = () => ({
    ...mirror,
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: nodeUid, controller: true }],
  });
  const hostSpec = { nodeName: 'n1', hostNetwork: true, hostPID: true };
  const label = (): object => ({ metadata: { labels: { at: String(performance.now()) } } });
  /** Each is sent twice: by dry run where it would not come to the same the second time. */
  const requests: readonly (readonly [string, boolean, number, () => Promise<Asked>])[] = [
    ['CREATE of a bad pod', true, 201, () => badAsked()],
    ['CREATE of a benign pod', false, 201, () => asked('POST', `${pods}?dryRun=All`, pod('p', {}))],
    ['UPDATE of a benign pod', false, 200, () => asked('PATCH', `${pods}/benign`, label())],
    ['UPDATE of a bad pod', true, 200, () => asked('PATCH', `${pods}/bad`, label())],
    [
      'UPDATE that brings a tool',
      true,
      200,
      () => asked('PATCH', `${pods}/benign?dryRun=All`, { spec: { containers: [{ name: 'app', image: tool.image }] } }),
    ],
    ['UPDATE of a bad pod that is being deleted', false, 200, () => asked('PATCH', `${pods}/leaving`, label())],
    [
      'a debug container',
      false,
      200,
      () => asked('PATCH', `${pods}/benign/ephemeralcontainers?dryRun=All`, { spec: { ephemeralContainers: [debug] } }),
    ],
    [
      'a debug container with a tool',
      true,
      200,
      () => asked('PATCH', `${pods}/benign/ephemeralcontainers?dryRun=All`, { spec: { ephemeralContainers: [tool] } }),
    ],
    [
      'a mirror pod from its kubelet',
      false,
      201,
      () => asked('POST', `${pods}?dryRun=All`, pod('mirror', hostSpec, ofNode()), node),
    ],
    [
      'a mirror pod from anybody else',
      true,
      201,
      () => asked('POST', `${pods}?dryRun=All`, pod('mirror', hostSpec, mirror)),
    ],
    // The node has no address: who gets so far was let through.
    ['CONNECT pods/exec', true, 500, () => asked('GET', `${pods}/other/exec?command=ls&stdout=true`)],
    ['CONNECT pods/attach', true, 500, () => asked('GET', `${pods}/other/attach?stdout=true`)],
    [
      'UPDATE of a status',
      false,
      200,
      () => asked('PATCH', `${pods}/bad/status?dryRun=All`, { status: { reason: 'x' } }),
    ],
    ['DELETE', false, 200, () => asked('DELETE', `${pods}/bad?dryRun=All`)],
    ['DELETE of all', false, 200, () => asked('DELETE', `${pods}?dryRun=All`)],
  ];

  test.each(requests)('%s', async (_what, isAsked, status, send) => {
    expect(await send()).toMatchObject({ asked: isAsked, status });
  });

  test('an update of any generated pod: what the policy refuses in it is asked', async () => {
    const generated = fc.sample(arbitraryRulePod, { numRuns: 150, seed });
    const results = await inParallel(1, generated, async (each, index) => {
      const name = `g${index}`;
      const { status } = await cluster.request('POST', pods, {
        ...each,
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
      });
      if (status !== 201) return undefined;
      const { asked: wasAsked, status: updated, message } = await asked('PATCH', `${pods}/${name}`, label());
      const { body } = await cluster.request('GET', `${pods}/${name}`);
      const denied = judge(body, policy, Date.now(), { namespace: 'default' }).findings.filter(
        ({ action }) => action === 'deny',
      );
      return { each, wasAsked, updated, message, denied };
    });
    const taken = results.flatMap((each) => (each === undefined ? [] : [each]));
    expect(taken.filter(({ updated }) => updated !== 200)).toEqual([]);
    expect(taken.filter(({ denied, wasAsked }) => denied.length > 0 && !wasAsked)).toEqual([]);
    expect(taken.filter(({ denied }) => denied.length > 0).length).toBeGreaterThan(10);
    process.stdout.write(
      `${taken.length} updates, ${taken.filter(({ wasAsked }) => wasAsked).length} asked, seed ${seed}\n`,
    );
  }, 120_000);

  test('no condition has ended in an error', async () => {
    const { body } = await cluster.request('GET', '/metrics');
    const lines = String(body).split('\n');
    expect(lines.some((line) => line.startsWith('apiserver_admission_match_condition_'))).toBe(true);
    expect(
      lines.filter((line) => /^apiserver_admission_match_condition_evaluation_errors_total\{.*seawall/.test(line)),
    ).toEqual([]);
  });

  describe('while nobody answers', () => {
    beforeAll(() => webhook.close());

    test.each(requests)('%s', async (_what, isAsked, status, send) => {
      const answer = await send();
      if (isAsked) expect(answer.message).toContain('failed calling webhook "pods.seawall.dev"');
      else expect(answer.status).toBe(status);
    });
  });
});
