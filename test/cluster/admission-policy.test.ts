/*
 * The compiled ValidatingAdmissionPolicies before a real API server: they decide exactly as the evaluator does, with its
 * messages, while no Seawall runs; and with the compiled conditions, a webhook that is gone holds up no benign pod.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { admissionPolicies } from '../../src/compile/admission-policy.ts';
import { conditionsState } from '../../src/compile/conditions-in-force.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Action, Finding } from '../../src/policy/finding.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { podLimits } from '../../src/policy/cel/pod.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { asList, asObject, asString, valueAt } from '../../src/policy/json.ts';
import { arbitraryRulePod, takenPod } from '../support/arbitrary-command-pods.ts';
import { arbitraryExactPod } from '../support/arbitrary-exact-pods.ts';
import type { Fields } from '../support/pods.ts';
import { conditionWebhook, knownPods } from './conditioned-cluster.ts';
import { worstPods } from './condition-cost.ts';
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
  ['observe', { profile: 'observe' }],
  ['warnings', { rules: { 'host-network': { action: 'warn' }, privileged: { action: 'warn' } } }],
];

/** Whether an admission policy leaves what was found to the webhook, as its annotation says. */
function isLeft(pod: Fields, { rule, containerPath, path, message }: Finding): boolean {
  if (rule === 'host-path') {
    const written = asString(valueAt(pod, path));
    const isPlain = written === '/' || /^(?:\/(?!\.\.?(?:\/|$))[ -.0-[\]-~]+)+$/.test(written);
    return !isPlain || written.length > 128 || message === '';
  }
  if (containerPath === undefined || !/^(?:net-raw|host-capability)/.test(rule)) return false;
  const { capabilities } = asObject(asObject(valueAt(pod, containerPath))['securityContext']);
  const { add, drop } = asObject(capabilities);
  const names = [...asList(add), ...(rule === 'net-raw-default' ? asList(drop) : [])].map(asString);
  return names.length > 24 || names.some((name) => name.length > 40 || /[^\0-\x7f]/.test(name));
}

/** A pod with as much as is looked at of everything, all of it found. */
function fullPod(): Fields {
  const { containers, volumes, ports, capabilities, pathLength, capabilityLength } = podLimits;
  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const names = many(capabilities, (index) => (index === 0 ? 'SYS_ADMIN' : 'C'.repeat(capabilityLength)));
  return {
    spec: {
      hostPID: true,
      containers: many(containers, (container) => ({
        name: `c${container}`,
        image: 'app',
        ports: many(ports, (port) => ({ containerPort: 80, hostPort: 1 + container * ports + port })),
        securityContext: { capabilities: { add: names, drop: names } },
      })),
      volumes: many(volumes, (index) => ({
        name: `v${index}`,
        hostPath: { path: `/proc/${'x'.repeat(pathLength - 6)}` },
      })),
    },
  };
}

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
    return { status, messages: list === '' ? [] : [...new Set(list.split('; '))].sort() };
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
      const acts = new Set(policy.rules.map(({ settings }) => settings.action));
      const harsh: Action = acts.has('warn') ? 'warn' : 'deny';
      const expected = (pod: Fields): readonly string[] => {
        const metadata = { ...(pod['metadata'] as Fields | undefined), name: 'x' };
        const { findings } = judge({ ...pod, apiVersion: 'v1', kind: 'Pod', metadata }, policy, 0, {
          namespace: 'default',
        });
        const counted = findings.filter((each) => exact.has(each.rule) && !isLeft(pod, each));
        // A refusal hides what would be warned of.
        const action = counted.some((each) => each.action === 'deny') ? 'deny' : harsh;
        const messages = counted
          .filter((each) => each.action === action)
          .map(({ message, container }) => (container === undefined ? message : `${message} (container ${container})`));
        return [...new Set(messages)].sort();
      };
      const probe = { spec: { hostNetwork: true, containers: [{ name: 'c', image: 'app' }] } };
      await waitUntil('the policies to be in force', async () => {
        const { messages } = await told(probe, 'probe');
        return JSON.stringify(messages) === JSON.stringify(expected(probe)) ? true : undefined;
      });
      const pods = [
        ...knownPods().map(({ pod }) => takenPod(pod)),
        ...fc.sample(arbitraryRulePod, { numRuns: generated, seed }),
        ...fc.sample(arbitraryExactPod, { numRuns: 2 * generated, seed }),
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

  test('no pod is refused for what the policies cost, new or updated, however much of everything it has', async () => {
    const path = '/api/v1/namespaces/default/pods';
    const full = fullPod();
    const stored = { ...full, apiVersion: 'v1', kind: 'Pod', metadata: { name: 'full' } };
    expect((await controlPlane.request('POST', path, stored)).status).toBe(201);
    const strict = policyOf({ profile: 'strict' });
    for (const policy of [policyOf({}), strict]) {
      await controlPlane.apply([...admissionPolicies(policy)]);
      const probe = { spec: { hostNetwork: true, containers: [{ name: 'c', image: 'app' }] } };
      const count = policy === strict ? 2 : 1;
      await waitUntil('the policies to be in force', async () =>
        (await told(probe, 'probe')).messages.length === count ? true : undefined,
      );
      const create = async (pod: Fields, name: string): Promise<string> => {
        const { body } = await controlPlane.request('POST', `${path}?dryRun=All`, {
          ...stored,
          ...pod,
          metadata: { name },
        });
        return (body as { message?: string }).message ?? '';
      };
      const worst = [...worstPods()];
      const answers = await inParallel(4, worst, ({ pod }, index) => create(pod, `w${index}`));
      const wrong = answers.filter((each) => each !== '' && (policy !== strict || !each.includes('Seawall refuses')));
      expect(wrong.map((each) => each.slice(-300))).toEqual([]);
      expect(await create(full, 'full-too')).toContain('Seawall refuses this pod by policy test: ');
      // Nothing new is found in it, and what it had stays.
      const { status, body } = await controlPlane.request(
        'PATCH',
        `${path}/full`,
        { metadata: { labels: { seen: policy === strict ? 'twice' : 'once' } } },
        { contentType: 'application/merge-patch+json' },
      );
      expect([status, (body as { message?: string }).message]).toEqual([200, undefined]);
    }
    for (const { kind, metadata } of admissionPolicies(strict) as { kind: string; metadata: { name: string } }[]) {
      await controlPlane.kubectl(['delete', kind.toLowerCase(), metadata.name]);
    }
    for (const name of ['seawall-warn', 'seawall-audit']) {
      await controlPlane.kubectl(['delete', 'validatingadmissionpolicy', name, '--ignore-not-found']);
      await controlPlane.kubectl(['delete', 'validatingadmissionpolicybinding', name, '--ignore-not-found']);
    }
  }, 300_000);

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
