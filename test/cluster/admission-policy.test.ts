/*
 * The compiled ValidatingAdmissionPolicies before a real API server: they decide exactly as the evaluator does, with its
 * messages, while no Seawall runs; and with the compiled conditions, a webhook that is gone holds up no benign pod.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { admissionPolicies } from '../../src/compile/admission-policy.ts';
import { conditionsState } from '../../src/compile/conditions-in-force.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Action } from '../../src/policy/finding.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { arbitraryRulePod, takenPod } from '../support/arbitrary-command-pods.ts';
import type { Fields } from '../support/pods.ts';
import { conditionWebhook, knownPods } from './conditioned-cluster.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { inParallel } from './in-parallel.ts';

const overlay = join(import.meta.dirname, '..', '..', 'manifests', 'overlays', 'cel');
const generated = Number(process.env['SEAWALL_PODS'] ?? 300);
const seed = Number(process.env['SEAWALL_SEED'] ?? Date.now() % 1_000_000_000);

function policyOf(spec: Fields): Policy {
  return parsePolicy({ apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'test' }, spec });
}

const exemptions = [
  { name: 'one', reason: 'test', owner: 'test', rules: ['host-pid'], namespaces: ['def*'] },
  { name: 'two', reason: 'test', owner: 'test', rules: ['host-ipc'], serviceAccounts: ['default/other'] },
];

const policies: readonly (readonly [string, Fields])[] = [
  ['default', {}],
  ['strict, with exemptions', { profile: 'strict', exemptions }],
  ['warnings', { rules: { 'host-network': { action: 'warn' }, privileged: { action: 'warn' } } }],
];

describeLevel('control plane', 'compiled ValidatingAdmissionPolicies', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  /** What the policies said of a pod, without what stands around the messages. */
  async function told(pod: Fields, name: string): Promise<{ status: number; messages: readonly string[] }> {
    const metadata = { ...(pod['metadata'] as Fields | undefined), name };
    const { status, body, headers } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', {
      ...pod,
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
    });
    const { message = '' } = body as { readonly message?: string };
    const warning = headers['warning'];
    const texts = status === 403 ? message : String(warning ?? '').replaceAll('\\"', '"');
    const [, list = ''] = /Seawall (?:refuses|warns of) this pod by policy [a-z-]+: (.*?)(?:"|$)/.exec(texts) ?? [];
    return { status, messages: list === '' ? [] : list.split('; ').sort() };
  }

  test.each(policies)(
    'policy %s: verdict and messages are those of the evaluator',
    async (_name, spec) => {
      const policy = policyOf(spec);
      const objects = admissionPolicies(policy);
      await controlPlane.apply([...objects]);
      const exact = new Set(
        policy.rules.flatMap(({ definition }) => (definition.exact === undefined ? [] : [definition.id])),
      );
      const harsh: Action = policy.rules.some(
        ({ definition, settings }) => exact.has(definition.id) && settings.action === 'warn',
      )
        ? 'warn'
        : 'deny';
      const expected = (pod: Fields): readonly string[] => {
        const metadata = { ...(pod['metadata'] as Fields | undefined), name: 'x' };
        const { findings } = judge({ ...pod, apiVersion: 'v1', kind: 'Pod', metadata }, policy, 0, {
          namespace: 'default',
        });
        const counted = findings.filter(({ rule }) => exact.has(rule));
        // A refusal hides what would be warned of.
        const action = counted.some((each) => each.action === 'deny') ? 'deny' : harsh;
        return counted
          .filter((each) => each.action === action)
          .map(({ message, container }) => (container === undefined ? message : `${message} (container ${container})`))
          .sort();
      };
      const probe = { spec: { hostNetwork: true, containers: [{ name: 'c', image: 'app' }] } };
      await waitUntil('the policies to be in force', async () => {
        const { messages } = await told(probe, 'probe');
        return JSON.stringify(messages) === JSON.stringify(expected(probe)) ? true : undefined;
      });
      const pods = [
        ...knownPods().map(({ pod }) => takenPod(pod)),
        ...fc.sample(arbitraryRulePod, { numRuns: generated, seed }),
      ];
      const results = await inParallel(16, pods, (pod, index) => told(pod, `p${index}`));
      const judged = pods.flatMap((pod, index) => {
        const result = results[index];
        return result !== undefined && (result.status === 201 || result.status === 403) ? [{ pod, result }] : [];
      });
      const wrong = judged.filter(
        ({ pod, result }) => JSON.stringify(result.messages) !== JSON.stringify(expected(pod)),
      );
      expect(wrong.slice(0, 3)).toEqual([]);
      const refused = judged.filter(({ result }) => result.status === 403).length;
      process.stdout.write(
        `${judged.length} pods of ${pods.length} judged, ${refused} refused, all alike; seed ${seed}\n`,
      );
      expect(judged.length).toBeGreaterThan(pods.length / 2);
      for (const { kind, metadata } of objects as { kind: string; metadata: { name: string } }[]) {
        await controlPlane.kubectl(['delete', kind.toLowerCase(), metadata.name]);
      }
    },
    300_000,
  );

  test('while no Seawall answers, benign pods are created, and bad ones refused with our message', async () => {
    const policy = policyOf({});
    const cluster = await conditionWebhook(controlPlane, policy);
    await cluster.closeWebhook();
    const benign = {
      spec: { containers: [{ name: 'c', image: 'app', command: ['sh', '-c', 'exec /app --port=8080'] }] },
    };
    const bad: Fields = { spec: { hostNetwork: true, containers: [{ name: 'c', image: 'app' }] } };
    const tool = { spec: { containers: [{ name: 'c', image: 'app', command: ['sh', '-c', "n''map -sS host"] }] } };
    const create = async (pod: Fields, name: string) => {
      const object = { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { name } };
      const { status, body } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods', object);
      return { status, message: (body as { message?: string }).message ?? '' };
    };
    expect((await create(benign, 'benign')).status).toBe(201);
    for (const pod of [bad, tool]) {
      expect((await create(pod, 'bad')).message).toContain('failed calling webhook "pods.seawall.dev"');
    }
    await controlPlane.apply([...admissionPolicies(policy)]);
    await waitUntil('the policy to be in force', async () =>
      (await create(bad, 'bad')).message.includes('Seawall refuses') ? true : undefined,
    );
    expect((await create(bad, 'bad')).message).toBe(
      "pods \"bad\" is forbidden: ValidatingAdmissionPolicy 'seawall-deny' with binding 'seawall-deny' denied request: " +
        "Seawall refuses this pod by policy test: hostNetwork: true puts the pod on its node's network",
    );
    expect((await create(benign, 'benign-too')).status).toBe(201);
    expect((await create(tool, 'tool')).status).toBe(500);
    await cluster.close();
  }, 120_000);

  test('kubectl apply -k manifests/overlays/cel: pods are created and refused as the policy says while no Seawall runs', async () => {
    const applied = await controlPlane.kubectl(['apply', '-k', overlay], { timeoutMs: 60_000 });
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    const create = async (spec: Fields) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec };
      const { status, body } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod);
      return `${status} ${(body as { message?: string }).message ?? ''}`;
    };
    const container = { name: 'app', image: 'app:1', securityContext: { capabilities: { drop: ['ALL'] } } };
    const bad = { hostPID: true, containers: [container] };
    await waitUntil('the policies to be in force', async () =>
      (await create(bad)).includes('Seawall refuses this pod by policy default: hostPID: true') ? true : undefined,
    );
    expect(await create({ containers: [container] })).toBe('201 ');
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seawall-pods';
    const { body: registered } = await controlPlane.request('GET', path);
    expect(conditionsState(registered, policyOf({}))).toBe('in-step');
    expect(conditionsState(registered, policyOf({ profile: 'strict' }))).toBe('other');
    // What is only told is lost with Seawall, and holds up nothing.
    expect(await create({ containers: [{ name: 'app', image: 'app:1' }] })).toBe('201 ');
    expect(await create({ containers: [{ ...container, image: 'nicolaka/netshoot' }] })).toContain(
      'failed calling webhook "pods.seawall.dev"',
    );
  }, 120_000);
});
