/*
 * The compiled conditions before a real API server, which alone says what they come to: for every pod that the policy
 * refuses, the webhook is asked, for few others, and no pod is refused because its evaluation costs too much.
 */
import fc from 'fast-check';
import { adviceConditions } from '../../src/compile/match-conditions.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { imagePatterns } from '../support/command-attacks.ts';
import { arbitraryCommandPod, arbitraryRulePod, takenPod } from '../support/arbitrary-command-pods.ts';
import { arbitraryBenignPod } from '../support/arbitrary-benign-pods.ts';
import type { Fields } from '../support/pods.ts';
import type { Verdict } from './conditioned-cluster.ts';
import { commandPods, conditionWebhook, isRefused, knownPods, realPods } from './conditioned-cluster.ts';
import { leastBudget, mostText, worstPods } from './condition-cost.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { startTestWebhook } from './harness/webhook.ts';
import { inParallel } from './in-parallel.ts';

/** How many pods are generated; `SEAWALL_PODS=20000` makes more. */
const generated = Number(process.env['SEAWALL_PODS'] ?? 1_200);
const seed = Number(process.env['SEAWALL_SEED'] ?? Date.now() % 1_000_000_000);

function policyOf(spec: Fields): Policy {
  return parsePolicy({ apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'test' }, spec });
}

const policies: readonly (readonly [string, Fields])[] = [
  ['default', {}],
  ['strict', { profile: 'strict' }],
  ['observe', { profile: 'observe' }],
  [
    'own',
    {
      rules: {
        'network-tool-command': { classes: { relay: { action: 'deny', add: ['mytool'] } } },
        'network-tool-image': {
          classes: {
            relay: { action: 'deny', add: ['corp/{relay,tunnel}-*', 'mirror.corp:5000/lab/**', ...imagePatterns] },
          },
        },
        'host-capability': { classes: { host: { add: ['SYS_TIME'] } } },
        'opaque-image': { action: 'deny' },
      },
      exemptions: [
        { name: 'here', reason: 'test', owner: 'test', rules: ['host-network', 'privileged'], namespaces: ['def*'] },
        { name: 'app', reason: 'test', owner: 'test', rules: ['host-pid'], images: ['docker.io/**'] },
      ],
    },
  ],
];

describeLevel('control plane', 'compiled matchConditions', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  test.each(policies)(
    'policy %s: every pod that it refuses is refused, and others make few calls',
    async (name, spec) => {
      const cluster = await conditionWebhook(controlPlane, policyOf(spec));
      const real = realPods().map(({ what, pod }) => ({ what, pod: takenPod(pod) }));
      const known = [...knownPods(), ...commandPods()].map(({ what, pod }) => ({ what, pod: takenPod(pod) }));
      const share = name === 'default' ? generated : Math.ceil(generated / 6);
      const random = [
        ...fc.sample(arbitraryCommandPod, { numRuns: Math.ceil(share / 2), seed }),
        ...fc.sample(arbitraryRulePod, { numRuns: Math.floor(share / 2), seed }),
      ].map((pod) => ({ what: `generated, seed ${seed}`, pod }));
      const usual = fc
        .sample(arbitraryBenignPod, { numRuns: share, seed })
        .map((pod) => ({ what: `as charts have it, seed ${seed}`, pod }));
      const all = [...known, ...random, ...usual];
      const verdicts = await inParallel(16, all, ({ pod }) => cluster.tryPod(pod));
      await cluster.close();

      // What the API server refuses of its own is no pod; all else is refused by us or may be.
      const missed = all.filter((_, index) => {
        const verdict = verdicts[index];
        return verdict?.status === 201 && verdict.denied.length > 0;
      });
      expect(missed).toEqual([]);
      const strange = verdicts.filter(
        (each) =>
          each.status >= 500 || (each.status === 403 && !isRefused(each) && /webhook|condition/.test(each.message)),
      );
      expect(strange.slice(0, 3)).toEqual([]);
      const benign = (some: readonly (Verdict | undefined)[]): string => {
        const passed = some.filter((each) => each?.status === 201);
        const called = passed.filter((each) => each?.asked === true).length;
        return `${called} of ${passed.length}`;
      };
      const isReal = new Set(real.map(({ what }) => what));
      const ofReal = verdicts.filter((_, index) => isReal.has(all[index]?.what ?? ''));
      const ofUsual = verdicts.slice(-usual.length);
      const refused = verdicts.filter(isRefused).length;
      process.stdout.write(
        `${name}: ${all.length} pods, ${refused} refused; benign that cause a call: real manifests ${benign(ofReal)}, generated as charts have it ${benign(ofUsual)}, all ${benign(verdicts)}\n`,
      );
      for (const some of name === 'default' ? [ofReal, ofUsual] : []) {
        const passed = some.filter(({ status }) => status === 201);
        // The real manifests may be absent.
        expect(passed.filter(({ asked }) => asked).length).toBeLessThanOrEqual(0.05 * passed.length);
      }
      if (name === 'observe') expect(verdicts.filter(({ asked }) => asked)).toEqual([]);
    },
    300_000,
  );

  test.each(policies.filter(([name]) => name !== 'observe'))(
    'policy %s: no pod that is stored is refused for what its conditions cost, up to the largest that etcd takes',
    async (name, spec) => {
      const policy = policyOf(spec);
      const cluster = await conditionWebhook(controlPlane, policy);
      const pods = [...worstPods()];
      const verdicts = await inParallel(4, pods, ({ pod }) => cluster.tryPod(pod));
      await cluster.close();
      const refused = pods.flatMap(({ what }, index) => {
        const { status = 0, message = '' } = verdicts[index] ?? {};
        return status === 201 || isRefused(verdicts[index]) ? [] : [`${what}: ${status} ${message.slice(0, 200)}`];
      });
      expect(refused).toEqual([]);
      const least = await leastBudget(controlPlane, policy, pods);
      process.stdout.write(
        `${name}: worst measured share of the budget: ${least.share} by ${least.what}; ${pods.length} worst cases\n`,
      );
      expect(least.times).toBeGreaterThanOrEqual(1);
    },
    300_000,
  );

  // By `strict` nothing is only told.
  test.each(policies.filter(([name]) => name !== 'strict'))(
    'policy %s: the conditions of advice, too, are evaluated to their end for each of them',
    async (_name, spec) => {
      const asked = new Set<string>();
      const webhook = await startTestWebhook(controlPlane, ({ name = '' }) => {
        asked.add(name);
        return { allowed: true };
      });
      await controlPlane.apply({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'advice' },
        webhooks: [
          {
            name: 'advice.seawall.dev',
            clientConfig: webhook.clientConfig,
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            // Shipped failing open, where an error would lose the advice without a word.
            failurePolicy: 'Fail',
            matchConditions: adviceConditions(policyOf(spec)).conditions,
          },
        ],
      });
      const create = async (pod: Fields, name: string): Promise<string> => {
        const object = { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { name } };
        const { status, body } = await controlPlane.request(
          'POST',
          '/api/v1/namespaces/default/pods?dryRun=All',
          object,
        );
        return status === 201 ? '' : (body as { readonly message: string }).message.slice(0, 200);
      };
      const volumes = [{ name: 'v', hostPath: { path: '/etc' } }];
      const told = { spec: { containers: [{ name: 'c', image: 'app' }], volumes } };
      await waitUntil('the conditions to be in force', async () =>
        (await create(told, 'told')) === '' && asked.has('told') ? true : undefined,
      );
      const pods = [...worstPods()];
      const failed = await inParallel(4, pods, ({ pod }, index) => create(pod, `w${index}`));
      await controlPlane.kubectl(['delete', 'validatingwebhookconfiguration', 'advice']);
      await webhook.close();
      expect(
        pods.flatMap(({ what }, index) => (failed[index] === '' ? [] : [`${what}: ${failed[index] ?? ''}`])),
      ).toEqual([]);
    },
    120_000,
  );

  test('the largest of them is about as large as etcd takes', async () => {
    const create = (name: string, size: number) => {
      const containers = [{ name: 'c', image: 'app', args: ['x'.repeat(size)] }];
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers } };
      return controlPlane.request('POST', '/api/v1/namespaces/default/pods', object);
    };
    expect((await create('largest', mostText)).status).toBe(201);
    expect((await create('larger', 1.25 * mostText)).body).toMatchObject({
      message: 'etcdserver: request is too large',
    });
  });
});
