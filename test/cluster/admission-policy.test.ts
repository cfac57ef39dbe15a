/*
 * The compiled ValidatingAdmissionPolicies before a real API server: each says of every pod exactly what the evaluator finds with
 * its action, in the same words, and of an update only what is new; but for what it leaves to the webhook, and says so.
 */
import fc from 'fast-check';
import { compareFindings } from '../../src/admission/new-findings.ts';
import { rulesWithAction } from '../../src/compile/admission-rules.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Finding } from '../../src/policy/finding.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { arbitraryRulePod, takenPod } from '../support/arbitrary-command-pods.ts';
import { arbitraryExactPod, arbitraryImage, plainPods } from '../support/arbitrary-exact-pods.ts';
import { imagePatterns } from '../support/command-attacks.ts';
import type { Fields } from '../support/pods.ts';
import { knownPods } from './conditioned-cluster.ts';
import type { Answer } from './enforced-policy.ts';
import { ask, compiledActions, distinct, enforcedPolicy, policyOf, whileEnforced } from './enforced-policy.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';
import { inParallel } from './in-parallel.ts';
import { isKept, isLeft } from './left-to-webhook.ts';

/** How many pods are generated for each policy and action; `SEAWALL_PODS=5000` makes more. */
const generated = Number(process.env['SEAWALL_PODS'] ?? 300);
const seed = Number(process.env['SEAWALL_SEED'] ?? Date.now() % 1_000_000_000);

const pods = '/api/v1/namespaces/default/pods';

const here = { reason: 'test', owner: 'test', namespaces: ['def*'] };
/** Each with the rules that an exemption covers, or may cover at some time or for some image: these are left to the webhook. */
const policies: readonly { readonly name: string; readonly spec: Fields; readonly spared: readonly string[] }[] = [
  { name: 'default', spec: {}, spared: [] },
  { name: 'strict', spec: { profile: 'strict' }, spared: [] },
  { name: 'observe', spec: { profile: 'observe' }, spared: [] },
  {
    name: 'exempted',
    spec: {
      profile: 'strict',
      exemptions: [
        { ...here, name: 'one', rules: ['host-pid'] },
        { ...here, name: 'two', rules: ['host-ipc'], namespaces: undefined, serviceAccounts: ['default/other'] },
        { ...here, name: 'three', rules: ['privileged'], images: ['docker.io/library/app'] },
        { ...here, name: 'four', rules: ['host-path'], expires: '2020-01-01' },
      ],
    },
    spared: ['host-pid', 'privileged', 'host-path'],
  },
  {
    name: 'custom patterns',
    spec: {
      rules: {
        'host-network': { action: 'warn' },
        'network-tool-command': {
          classes: { relay: { action: 'deny', add: ['mytool'] }, dns: { hostAccess: 'deny' } },
        },
        'network-tool-image': {
          classes: {
            relay: { action: 'deny', add: ['corp/{relay,tunnel}-*', 'mirror.corp:5000/lab/**', ...imagePatterns] },
            dns: { action: 'off', hostAccess: 'deny' },
          },
        },
        'host-capability': {
          classes: { host: { add: ['SYS_TIME'] }, 'net-admin': { hostAccess: 'audit', add: ['CHOWN'] } },
        },
      },
    },
    spared: [],
  },
];
const cases = policies.flatMap((policy) =>
  compiledActions
    .map((action) => ({ ...policy, action }))
    .filter(({ spec, action }) => enforcedPolicy(policyOf(spec), action).length > 0),
);

/** A pod that has something of every action. */
const probe: Fields = {
  spec: {
    hostPID: true,
    containers: [{ name: 'c', image: 'netshoot', command: ['nc'], ports: [{ containerPort: 80, hostPort: 81 }] }],
    volumes: [{ name: 'v', hostPath: { path: '/etc' } }],
  },
};

function findingsOf(pod: Fields, policy: Policy): readonly Finding[] {
  const metadata = { ...(pod['metadata'] as Fields | undefined), name: 'x' };
  return judge({ ...pod, apiVersion: 'v1', kind: 'Pod', metadata }, policy, Date.now(), { namespace: 'default' })
    .findings;
}

function wordsOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ message, container }) =>
    container === undefined ? message : `${message} (container ${container})`,
  );
}

/** Whether an answer is what was found, or tells how much that is where it would be too long. */
function isAsFound({ messages }: Answer, found: readonly string[]): boolean {
  const [first = ''] = messages;
  if (/^\d+ findings$/.test(first)) return found.join('; ').length > 4_500 && first === `${found.length} findings`;
  return JSON.stringify(messages) === JSON.stringify(distinct(found));
}

describeLevel('control plane', 'compiled ValidatingAdmissionPolicies', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  test.each(cases)(
    'policy $name: what it says of new pods with the action $action is what the evaluator finds',
    async ({ spec, action, spared }) => {
      const policy = policyOf(spec);
      const decided = (pod: Fields): readonly Finding[] =>
        findingsOf(pod, policy).filter(
          (each) => each.action === action && !spared.includes(each.rule) && !isLeft(pod, each, policy),
        );
      const expected = (pod: Fields): readonly string[] => wordsOf(decided(pod));
      const all = [
        ...plainPods,
        ...knownPods().map(({ pod }) => takenPod(pod)),
        ...fc.sample(arbitraryRulePod, { numRuns: generated, seed }),
        ...fc.sample(arbitraryExactPod, { numRuns: 2 * generated, seed }),
      ];
      const answers = await whileEnforced(controlPlane, enforcedPolicy(policy, action), probe, () =>
        inParallel(16, all, (pod, index) => {
          const metadata = { ...(pod['metadata'] as Fields | undefined), name: `p${index}` };
          return ask(controlPlane, 'POST', pods, { ...pod, apiVersion: 'v1', kind: 'Pod', metadata });
        }),
      );
      const judged = all.flatMap((pod, index) => {
        const answer = answers[index];
        // What the API server itself refuses is no pod.
        return answer === undefined || answer.status === 422 || answer.status === 400 ? [] : [{ pod, answer }];
      });
      const wrong = judged.filter(({ pod, answer }) => answer.other !== '' || !isAsFound(answer, expected(pod)));
      expect(wrong.slice(0, 3).map(({ pod, answer }) => ({ pod, answer, expected: distinct(expected(pod)) }))).toEqual(
        [],
      );
      const told = judged.filter(({ answer }) => answer.messages.length > 0).length;
      process.stdout.write(
        `${judged.length} pods of ${all.length}, something told of ${told}, all alike; seed ${seed}\n`,
      );
      expect(judged.length).toBeGreaterThan(all.length / 2);
      // Every rule that is compiled has been told of.
      const rules = new Set(judged.flatMap(({ pod }) => decided(pod).map(({ rule }) => rule)));
      const compiled = rulesWithAction(policy, action).told.map(({ rule }) => rule.definition.id);
      expect([...rules].sort()).toEqual(compiled.filter((rule) => !spared.includes(rule)).sort());
    },
    300_000,
  );

  const updated = policies.filter(({ spec }) => spec['profile'] !== 'observe');
  test.each(updated)(
    'policy $name: what it refuses of an update is what the evaluator finds anew',
    async ({ spec, spared }) => {
      const policy = policyOf(spec);
      const stored = await storePods(fc.sample(arbitraryExactPod, { numRuns: generated, seed }));
      const changes = fc.sample(
        fc.record({ images: fc.array(arbitraryImage, { minLength: 2, maxLength: 2 }), debug: arbitraryExactPod }),
        { numRuns: stored.length, seed },
      );
      const asked = stored.flatMap((pod, index) => changesOf(pod, changes[index]));
      const send = ({ path, body }: Change): Promise<Answer> => ask(controlPlane, 'PATCH', path, body);
      const changed = await inParallel(16, asked, async ({ path, body }) => {
        const options = { contentType: 'application/strategic-merge-patch+json' };
        const { status, body: after } = await controlPlane.request('PATCH', `${path}?dryRun=All`, body, options);
        return status === 200 ? (after as Fields) : undefined;
      });
      const answers = await whileEnforced(controlPlane, enforcedPolicy(policy, 'deny'), probe, () =>
        inParallel(16, asked, send),
      );
      const judged = asked.flatMap(({ pod }, index) => {
        const after = changed[index];
        const answer = answers[index];
        return after === undefined || answer === undefined ? [] : [{ pod, after, answer }];
      });
      const expected = (pod: Fields, after: Fields): readonly string[] => {
        const denied = findingsOf(after, policy).filter((each) => each.action === 'deny');
        const { added } = compareFindings(after, denied, pod, findingsOf(pod, policy));
        return wordsOf(
          added.filter(
            (each) => !spared.includes(each.rule) && !isLeft(after, each, policy) && !isKept(pod, after, each, policy),
          ),
        );
      };
      const wrong = judged.filter(
        ({ pod, after, answer }) => answer.other !== '' || !isAsFound(answer, expected(pod, after)),
      );
      expect(
        wrong.slice(0, 3).map(({ pod, after, answer }) => ({
          ...{ before: pod['spec'], after: after['spec'], answer },
          expected: distinct(expected(pod, after)),
        })),
      ).toEqual([]);
      const refused = judged.filter(({ answer }) => answer.status === 403).length;
      process.stdout.write(
        `${judged.length} updates of ${asked.length}, ${refused} refused, all alike; seed ${seed}\n`,
      );
      expect(refused).toBeGreaterThan(10);
      await controlPlane.kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0']);
    },
    300_000,
  );

  /** Those that the API server takes, as it stores them. */
  async function storePods(some: readonly Fields[]): Promise<Fields[]> {
    const stored = await inParallel(16, some, async (pod, index) => {
      const object = { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { name: `u${index}` } };
      const { status, body } = await controlPlane.request('POST', pods, object);
      return status === 201 ? [body as Fields] : [];
    });
    return stored.flat();
  }
});

interface Change {
  readonly pod: Fields;
  readonly path: string;
  readonly body: Fields;
}

/** Other images for its containers, and a debug container beside them. */
function changesOf(
  pod: Fields,
  change: { readonly images: readonly string[]; readonly debug: Fields } | undefined,
): Change[] {
  const { name } = pod['metadata'] as { readonly name: string };
  const { containers } = pod['spec'] as { readonly containers: readonly { readonly name: string }[] };
  const [debug] = (change?.debug['spec'] as { readonly containers: readonly Fields[] }).containers;
  // A debug container has neither ports nor probes nor hooks.
  const { image, command, args, securityContext } = debug ?? {};
  const images = containers.flatMap((each, index) => ({ name: each.name, image: change?.images[index] ?? 'app' }));
  return [
    { pod, path: `${pods}/${name}`, body: { spec: { containers: images } } },
    {
      pod,
      path: `${pods}/${name}/ephemeralcontainers`,
      body: { spec: { ephemeralContainers: [{ image, command, args, securityContext, name: 'debug' }] } },
    },
  ];
}
