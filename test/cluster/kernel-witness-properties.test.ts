/*
 * Needs the node level. Generated pods go through the real API server with Seawall in front, and the kernel tells from
 * inside their containers whether a verdict was right: nothing that is admitted under `strict` can do what a rule forbids,
 * and what is refused can really do it.
 * SEAWALL_PODS=500 makes 500 pods, SEAWALL_SEED replays a run.
 */
import fc from 'fast-check';
import { parsePolicy } from '../../src/policy/policy.ts';
import { policyOf } from '../policy/policy-builders.ts';
import type { WitnessPod } from './arbitrary-witness-pods.ts';
import { arbitraryWitnessPod } from './arbitrary-witness-pods.ts';
import type { GuardedNode } from './guarded-node.ts';
import { startGuardedNode } from './guarded-node.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { witnessContainer } from './harness/witness.ts';
import { inParallel } from './in-parallel.ts';
import type { NodeSight } from './kernel-facts.ts';
import { sightOfNode } from './kernel-facts.ts';
import type { Confirmation } from './kernel-verdict.ts';
import { confirmations, escapes } from './kernel-verdict.ts';
import type { Outcome } from './witnessed-runs.ts';
import { witness } from './witnessed-runs.ts';

const seed = Number(process.env['SEAWALL_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const numRuns = Number(process.env['SEAWALL_PODS'] ?? 100);
/** Pods that run at once: the node takes 110, a machine of two cores is busy with a fifth of that. */
const atOnce = 20;
/** About a second a pod on an idle machine with two cores; this is for one that is not idle. */
const timeoutMs = 300_000 + numRuns * 5_000;
const shrinkTimeMs = 90_000;

const capable = (...add: readonly string[]) => ({ capabilities: { add, drop: ['NET_RAW'] } });
const dropping = (...drop: readonly string[]) => ({ capabilities: { drop } });
const examplePod = (spec: object, securityContext: object = dropping('NET_RAW'), joins?: object): WitnessPod => ({
  repaired: false,
  spec: { containers: [{ ...witnessContainer('app-0'), securityContext }], ...spec },
  joins: joins === undefined ? undefined : { ...witnessContainer('joined'), securityContext: joins },
});

/** One pod that each rule alone refuses: whatever else is generated, none goes unseen. */
const examples: readonly (readonly [rule: string, WitnessPod])[] = [
  ['host-network', examplePod({ hostNetwork: true })],
  ['host-pid', examplePod({ hostPID: true })],
  ['host-ipc', examplePod({ hostIPC: true })],
  ['privileged', examplePod({}, { privileged: true })],
  ['net-raw', examplePod({}, { capabilities: { add: ['net_raw'], drop: ['ALL'] } })],
  ['net-raw-default', examplePod({}, dropping('CAP_NET_RAW'))],
  ['host-capability', examplePod({}, capable('\u017fYS_ADM\u0131N'))],
  ['net-raw', examplePod({}, undefined, { capabilities: { add: ['NET_RAW'], drop: ['ALL'] } })],
];

interface Judged {
  readonly pod: WitnessPod;
  readonly outcome: Outcome;
  readonly escaped: readonly string[];
  readonly confirmed: ReturnType<typeof confirmations>;
}

describeLevel('node', 'the kernel as witness of generated pods', () => {
  let guarded: GuardedNode;
  let node: NodeSight;
  let sent = 0;

  beforeAll(async () => {
    process.stderr.write(`kernel witness: seed ${seed} (SEAWALL_SEED=${seed} replays it), ${numRuns} pods\n`);
    guarded = await startGuardedNode();
    guarded.usePolicy(parsePolicy(policyOf({ profile: 'strict' })));
    node = sightOfNode(guarded.node.network.name);
  }, startTimeoutMs);
  afterAll(() => guarded.stop());

  const judged = async (pod: WitnessPod): Promise<Judged> => {
    sent += 1;
    const outcome = await witness(guarded.controlPlane, pod, `pod-${sent}`);
    return { pod, outcome, escaped: escapes(outcome, node), confirmed: confirmations(outcome, pod, node) };
  };

  test(
    'each rule refuses what it is there for, and the kernel confirms it',
    async () => {
      const results = await inParallel(
        atOnce,
        examples.map(([, pod]) => pod),
        judged,
      );
      const told = results.map(({ confirmed }) => confirmed.map(([{ rule }, confirmation]) => [rule, confirmation]));
      expect(told).toEqual(examples.map(([rule]) => [[rule, 'confirmed']]));
      expect(results.flatMap(({ escaped }) => escaped)).toEqual([]);
    },
    timeoutMs,
  );

  test(
    `of ${numRuns} pods nothing escapes, and nothing is refused out of superstition`,
    async () => {
      const pods = fc.sample(arbitraryWitnessPod, { seed, numRuns });
      const results = await inParallel(atOnce, pods, judged);
      process.stderr.write(`kernel witness: ${tally(results)}\n`);
      const wrong = results.findIndex((each) => problemsOf(each).length > 0);
      if (wrong !== -1) throw new Error(await counterexample(wrong, results[wrong]));
      // Or the generator makes nothing that could have escaped.
      expect(results.filter(({ outcome }) => (outcome.guarded?.reports.size ?? 0) > 0).length).toBeGreaterThan(
        numRuns / 5,
      );
    },
    timeoutMs,
  );

  /** Looks for a smaller pod that goes wrong, as long as there is time, and tells both. */
  const counterexample = async (index: number, first: Judged | undefined): Promise<string> => {
    const property = fc.asyncProperty(arbitraryWitnessPod, async (pod) => problemsOf(await judged(pod)).length === 0);
    const limits = { interruptAfterTimeLimit: shrinkTimeMs, markInterruptAsFailure: false };
    const { counterexample: smallest } = await fc.check(property, { seed, path: String(index), numRuns, ...limits });
    return [
      `pod ${index + 1} of SEAWALL_SEED=${seed} SEAWALL_PODS=${numRuns}:`,
      ...(first === undefined ? [] : problemsOf(first)),
      JSON.stringify(first?.pod, undefined, 2),
      `the smallest pod found that goes wrong:`,
      JSON.stringify(smallest?.[0], undefined, 2),
    ].join('\n');
  };
});

function problemsOf({ escaped, confirmed }: Judged): readonly string[] {
  return [
    ...escaped.map((escape) => `admitted, and yet ${escape}`),
    ...confirmed
      .filter(([, confirmation]) => confirmation === 'superstition')
      .map(([{ rule, field }]) => `refused by ${rule} at ${field}, and without Seawall it cannot do it`),
  ];
}

/** What became of all pods, in one line. */
function tally(results: readonly Judged[]): string {
  const count = (of: (outcome: Outcome) => boolean) => results.filter(({ outcome }) => of(outcome)).length;
  const containers = results.reduce((sum, { outcome }) => sum + (outcome.guarded?.reports.size ?? 0), 0);
  const causes = new Map<string, number>();
  for (const [{ rule }, confirmation] of results.flatMap(({ confirmed }) => confirmed)) {
    const key = `${rule} ${confirmation satisfies Confirmation}`;
    causes.set(key, (causes.get(key) ?? 0) + 1);
  }
  const notStarted = (outcome: Outcome) =>
    (outcome.guarded?.notStarted.size ?? 0) + (outcome.unguarded?.notStarted.size ?? 0) > 0;
  return [
    `${count(({ refusals }) => refusals.length === 0)} admitted, ${containers} containers asked`,
    `${count(({ refusals }) => refusals.length > 0)} refused`,
    `${count(({ invalid }) => invalid !== undefined)} invalid to the API server`,
    `${count(notStarted)} not started by the runtime`,
    ...[...causes].sort().map(([key, number]) => `${key}: ${number}`),
  ].join('; ');
}
