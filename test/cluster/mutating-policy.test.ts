/*
 * The compiled MutatingAdmissionPolicy before a real API server: what it stores is what the evaluator's repair makes of the pod, done
 * twice is done once, and beside the webhook it makes no difference.
 */
import fc from 'fast-check';
import { mutatingPolicies } from '../../src/compile/mutating-policy.ts';
import { mutate } from '../../src/admission/mutate.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { repair } from '../../src/policy/fix.ts';
import { applyPatch } from '../../src/policy/json-patch.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { arbitraryRulePod, takenPod } from '../support/arbitrary-command-pods.ts';
import type { Fields } from '../support/pods.ts';
import { knownPods } from './conditioned-cluster.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { inParallel } from './in-parallel.ts';

const generated = Number(process.env['SEAWALL_PODS'] ?? 300);
const seed = Number(process.env['SEAWALL_SEED'] ?? Date.now() % 1_000_000_000);

function policyOf(spec: Fields): Policy {
  return parsePolicy({ apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'test' }, spec });
}

/** Capabilities around every boundary of the two lists. */
const spellings = [
  ...[
    'NET_RAW',
    'net_raw',
    'CAP_NET_RAW',
    'cap_Net_Raw',
    ' NET_RAW',
    'NET_RAW\t',
    'CAP_CAP_NET_RAW',
    'NET_RAWX',
    'XNET_RAW',
  ],
  ...[
    'ALL',
    'all',
    'CAP_ALL',
    'All ',
    'CHOWN',
    'NET_ADMIN',
    '',
    'CAP_',
    'net_raw\n',
    '\u017fYS_ADMIN',
    'N\u0415T_RAW',
    'NET_RAW\u00a0',
  ],
  ...[`${' '.repeat(33)}NET_RAW`, `${' '.repeat(34)}NET_RAW`, 'A'.repeat(41)],
];
const names = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...spellings), { maxLength: 4 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(23, 24, 25).map((size) => [...Array.from({ length: size }, () => 'CHOWN'), 'NET_RAW']),
  },
);
const securityContext = fc.record(
  {
    privileged: fc.boolean(),
    runAsNonRoot: fc.boolean(),
    capabilities: fc.oneof(
      fc.constant(null),
      fc.record({ add: fc.oneof(names, fc.constant(null)), drop: names }, { requiredKeys: [] }),
    ),
    windowsOptions: fc.constantFrom({}, { hostProcess: false }),
  },
  { requiredKeys: [] },
);
const container = fc.record({ securityContext: fc.oneof(securityContext, fc.constant(null)) }, { requiredKeys: [] });
const capabilityPod: fc.Arbitrary<Fields> = fc
  .record({
    containers: fc.array(container, { minLength: 1, maxLength: 3 }),
    initContainers: fc.oneof(
      { weight: 8, arbitrary: fc.array(container, { maxLength: 2 }) },
      { weight: 1, arbitrary: fc.array(container, { minLength: 14, maxLength: 16 }) },
    ),
    os: fc.constantFrom(undefined, undefined, undefined, { name: 'linux' }, { name: 'windows' }),
    serviceAccountName: fc.constantFrom(undefined, 'spared', 'other'),
  })
  .map(({ containers, initContainers, ...spec }) => {
    const named = (prefix: string, each: readonly Fields[]) =>
      each.map((fields, index) => ({ ...fields, name: `${prefix}${index}`, image: 'app' }));
    return { spec: { ...spec, containers: named('c', containers), initContainers: named('i', initContainers) } };
  });

const exemptions = [
  { name: 'one', reason: 'test', owner: 'test', rules: ['net-raw'], serviceAccounts: ['default/spared'] },
  { name: 'three', reason: 'test', owner: 'test', rules: ['net-raw-default'], namespaces: ['else*'] },
];
const fix = { 'net-raw': { fix: true } };
const policies: readonly (readonly [string, Fields])[] = [
  ['default', {}],
  ['both rules', { rules: fix }],
  ['strict, with exemptions', { profile: 'strict', rules: fix, exemptions: exemptions }],
  ['observe', { profile: 'observe', rules: { 'net-raw-default': { fix: true }, ...fix } }],
  ['one rule off', { rules: { ...fix, 'net-raw-default': { action: 'off' } } }],
];

describeLevel('control plane', 'compiled MutatingAdmissionPolicy', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  const create = async (pod: Fields, name: string) => {
    const metadata = { ...(pod['metadata'] as Fields | undefined), name };
    const object = { ...pod, apiVersion: 'v1', kind: 'Pod', metadata };
    return controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', object);
  };
  const specOf = (object: unknown): unknown => (object as { readonly spec?: unknown }).spec;

  /** What the mutating webhook would make of a pod that is created. */
  const repaired = (object: unknown, policy: Policy): unknown => {
    const request = { operation: 'CREATE', subResource: '', namespace: 'default', username: 'admin', object };
    const { mending } = mutate(request as Parameters<typeof mutate>[0], { policy: () => policy, judge, repair }, 0);
    return mending === undefined ? object : applyPatch(object, mending.repair.operations);
  };

  const isRepaired = async (): Promise<boolean> => {
    const { body } = await create(
      {
        spec: {
          containers: [
            { name: 'c', image: 'app', securityContext: { capabilities: { add: ['NET_RAW'] } } },
            { name: 'd', image: 'app' },
          ],
        },
      },
      'probe',
    );
    return JSON.stringify(specOf(body)).includes('"drop":["NET_RAW"]');
  };

  /** Whether the policy says that it leaves the pod to the webhook. */
  const isLeft = (pod: unknown): boolean => {
    const spec = specOf(pod) as Readonly<Record<string, readonly Fields[] | undefined>>;
    const all = [...(spec['containers'] ?? []), ...(spec['initContainers'] ?? [])];
    const lists = all.flatMap(({ securityContext: context }) => {
      const { add, drop } = ((context as Fields | undefined)?.['capabilities'] ?? {}) as Readonly<
        Record<string, readonly string[] | undefined>
      >;
      return [add ?? [], drop ?? []];
    });
    return (
      all.length > 16 ||
      (spec['volumes'] ?? []).length > 32 ||
      lists.some((list) => list.length > 24) ||
      lists.some((list) => list.some((each) => each.length > 40 || /[^\0-\x7f]/.test(each)))
    );
  };

  test.each(policies)(
    'policy %s: stored is what the repair of the evaluator makes',
    async (_name, spec) => {
      const policy = policyOf(spec);
      const pods = [
        ...knownPods().map(({ pod }) => takenPod(pod)),
        ...fc.sample(arbitraryRulePod, { numRuns: generated / 2, seed }),
        ...fc.sample(capabilityPod, { numRuns: generated, seed }),
      ];
      const plain = await inParallel(16, pods, (pod, index) => create(pod, `p${index}`));
      const objects = mutatingPolicies(policy);
      const applied = await controlPlane.apply([...objects]);
      expect(applied.stderr).toBe('');
      await waitUntil('the policy to be in force', async () => ((await isRepaired()) ? true : undefined));
      const mutated = await inParallel(16, pods, (pod, index) => create(pod, `p${index}`));
      const counts = { alike: 0, changed: 0, left: 0 };
      const wrong: unknown[] = [];
      const again: { readonly spec: unknown }[] = [];
      for (const [index, before] of plain.entries()) {
        const after = mutated[index];
        if (before.status !== 201 || after === undefined) continue;
        // A pod that the API server takes is never refused by its repair.
        const isSame = (one: unknown, other: unknown): boolean =>
          JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        const wanted = repaired(before.body, policy);
        const got = specOf(after.body);
        if (isSame(got, specOf(wanted))) counts.alike += 1;
        else if (
          after.status === 201 &&
          isLeft(before.body) &&
          isSame(specOf(repaired(after.body, policy)), specOf(wanted))
        )
          counts.left += 1;
        else wrong.push({ given: specOf(before.body), got, wanted: specOf(wanted), status: after.status });
        if (after.status === 201 && !isSame(got, specOf(before.body))) {
          counts.changed += 1;
          again.push({ spec: got });
          // The webhook behind it has nothing left to do.
          if (!isSame(specOf(repaired(after.body, policy)), specOf(wanted))) wrong.push({ beside: got });
        }
      }
      expect(wrong.slice(0, 2)).toEqual([]);
      const twice = await inParallel(16, again, (pod, index) => create({ ...pod }, `p${index}`));
      expect(twice.map(({ body }) => sorted(specOf(body)))).toEqual(again.map((each) => sorted(each.spec)));
      process.stdout.write(`${JSON.stringify(counts)} of ${pods.length} pods; seed ${seed}\n`);
      expect(counts.changed).toBeGreaterThan(pods.length / 50);
      expect(counts.left).toBeLessThan(pods.length / 2);
      for (const kind of ['mutatingadmissionpolicybinding', 'mutatingadmissionpolicy']) {
        await controlPlane.kubectl(['delete', kind, 'seawall-repair']);
      }
      await waitUntil('the policy to be gone', async () => ((await isRepaired()) ? undefined : true));
    },
    300_000,
  );

  test('the largest pod that is looked at is mended within the budget of an expression', async () => {
    const policy = policyOf({ rules: fix });
    await controlPlane.apply([...mutatingPolicies(policy)]);
    await waitUntil('the policy to be in force', async () => ((await isRepaired()) ? true : undefined));
    const grant = `${' '.repeat(33)}NET_RAW`;
    const capabilities = {
      add: [...Array.from({ length: 23 }, () => `CAP_${'N'.repeat(36)}`), grant],
      drop: Array.from({ length: 24 }, () => 'net_rax'),
    };
    const containers = Array.from({ length: 16 }, (_, index) => ({
      name: `c${index}-${'n'.repeat(50)}`,
      image: 'app',
      securityContext: { capabilities },
    }));
    const { status, body } = await create({ spec: { containers } }, 'largest');
    const [{ securityContext } = {}] = (specOf(body) as { readonly containers: readonly Fields[] }).containers;
    expect([status, securityContext]).toEqual([
      201,
      { capabilities: { add: capabilities.add.slice(0, 23), drop: [...capabilities.drop, 'NET_RAW'] } },
    ]);
    const unread = {
      containers: containers.map((each) => ({
        ...each,
        securityContext: { capabilities: { add: [...capabilities.add, 'A'] } },
      })),
    };
    expect(specOf((await create({ spec: unread }, 'more')).body)).toMatchObject(unread);
    for (const kind of ['mutatingadmissionpolicybinding', 'mutatingadmissionpolicy']) {
      await controlPlane.kubectl(['delete', kind, 'seawall-repair']);
    }
    await waitUntil('the policy to be gone', async () => ((await isRepaired()) ? undefined : true));
  }, 60_000);

  test('an ephemeral container is mended as it comes; one that is there, and an update of the pod, are left alone', async () => {
    const path = '/api/v1/namespaces/default/pods/target';
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'target' },
      spec: { nodeName: 'away', containers: [{ name: 'c', image: 'app' }] },
    };
    const { body: made } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods', pod);
    const attach = async (stored: unknown, ephemeral: readonly Fields[]) =>
      controlPlane.request('PUT', `${path}/ephemeralcontainers`, {
        ...(stored as Fields),
        spec: { ...(specOf(stored) as Fields), ephemeralContainers: ephemeral },
      });
    const debug = (name: string): Fields => ({
      name,
      image: 'app',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'Always',
    });
    const { status, body: attached } = await attach(made, [debug('one')]);
    expect(status).toBe(200);
    await controlPlane.apply([...mutatingPolicies(policyOf({}))]);
    await waitUntil('the policy to be in force', async () => ((await isRepaired()) ? true : undefined));
    const { body, status: second } = await attach(attached, [debug('one'), debug('two')]);
    expect(second).toBe(200);
    const { containers, ephemeralContainers } = specOf(body) as Readonly<Record<string, readonly Fields[]>>;
    const contexts = [...(containers ?? []), ...(ephemeralContainers ?? [])].map((each) => each['securityContext']);
    expect(contexts).toEqual([undefined, undefined, { capabilities: { drop: ['NET_RAW'] } }]);
    const labelled = await controlPlane.kubectl(['label', 'pod', 'target', 'a=b']);
    expect([labelled.code, labelled.stderr]).toEqual([0, '']);
  }, 60_000);
});

/** The same with the keys of its objects in order, and without what is empty, which is not stored. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    entries.filter(([, each]) => !(Array.isArray(each) && each.length === 0)).map(([key, each]) => [key, sorted(each)]),
  );
}
