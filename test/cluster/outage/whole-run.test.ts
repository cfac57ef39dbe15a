/*
 * The webhook is gone for the whole run, and its configuration stays: what comes of every pod of the tables, of the real
 * manifests and of generated ones is asked of the real API server, which stores what it takes. What it stored is judged.
 */
import fc from 'fast-check';
import { admissionPolicies } from '../../../src/compile/admission-policy.ts';
import { judge } from '../../../src/policy/evaluate.ts';
import { parseImageReference } from '../../../src/policy/image-reference.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { defaultPolicy, parsePolicy } from '../../../src/policy/policy.ts';
import { arbitraryCommandPod, arbitraryRulePod, takenPod } from '../../support/arbitrary-command-pods.ts';
import type { Fields } from '../../support/pods.ts';
import type { ConditionedCluster } from '../conditioned-cluster.ts';
import { conditionWebhook, knownPods, realPods } from '../conditioned-cluster.ts';
import type { ControlPlane } from '../harness/control-plane.ts';
import { startControlPlane } from '../harness/control-plane.ts';
import { describeLevel } from '../harness/levels.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { inParallel } from '../in-parallel.ts';

/** How many pods are generated; `SEAWALL_PODS=20000` makes more. */
const generated = Number(process.env['SEAWALL_PODS'] ?? 400);
const seed = Number(process.env['SEAWALL_SEED'] ?? Date.now() % 1_000_000_000);

const policy = defaultPolicy();
const strict = parsePolicy({
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'strict' },
  spec: { profile: 'strict' },
});

/** Rules of which something is refused by the policy, at whatever class. */
const refusing = new Set(
  policy.rules
    .filter(({ settings: { action, classes } }) =>
      [action, ...[...classes.values()].flatMap((each) => [each.action, each.hostAccess])].includes('deny'),
    )
    .map(({ definition }) => definition.id),
);

/** What CEL decides exactly in every version of the compiler: a pod that has one of these never needs Seawall to be refused. */
const decided = new Set(['host-network', 'host-pid', 'host-ipc', 'privileged']);

/** Whether a kubelet takes every image of the pod; of others neither side has a name. */
function hasImages(pod: Fields): boolean {
  const images = [...JSON.stringify(pod).matchAll(/"image":"([^"\\]*)"/g)].map(([, image = '']) => image);
  return images.every((image) => !('opaque' in parseImageReference(image)));
}

interface Sent {
  readonly what: string;
  readonly pod: Fields;
}

interface Answer extends Sent {
  readonly status: number;
  readonly message: string;
  /** Rules by which the policy refuses the pod, as the API server has it where it took it. */
  readonly denied: readonly string[];
  /** Whether a rule that can refuse finds anything in it at all, were every class refused. */
  readonly isTouched: boolean;
}

function rulesOf(pod: unknown, by: Policy, action?: 'deny'): readonly string[] {
  return judge(pod, by, Date.now(), { namespace: 'default' })
    .findings.filter((finding) => action === undefined || finding.action === action)
    .map(({ rule }) => rule);
}

const wantOfAnAnswer = 'failed calling webhook "pods.seawall.dev"';
const ourMessage = 'Seawall refuses this pod by policy default: ';
const isForWant = ({ message }: Answer): boolean => message.includes(wantOfAnAnswer);
const isOurs = ({ message }: Answer): boolean => message.includes(ourMessage);
/** What the API server says of a pod that is none, whoever else is asked. */
const isNoPod = (answer: Answer): boolean =>
  (answer.status === 422 || answer.status === 400 || answer.status === 403) && !isForWant(answer) && !isOurs(answer);

describeLevel('control plane', 'the webhook gone for a whole run', () => {
  let controlPlane: ControlPlane;
  let cluster: ConditionedCluster;
  const pods: readonly Sent[] = [
    ...knownPods().map(({ what, pod }) => ({ what, pod: takenPod(pod) })),
    ...fc.sample(arbitraryCommandPod, { numRuns: Math.ceil(generated / 2), seed }).map(asGenerated),
    ...fc.sample(arbitraryRulePod, { numRuns: Math.floor(generated / 2), seed }).map(asGenerated),
  ];
  const isReal = new Set(realPods().map(({ what }) => what));

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    cluster = await conditionWebhook(controlPlane, policy);
    await cluster.closeWebhook();
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  async function create({ what, pod }: Sent, name: string): Promise<Answer> {
    const object = { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { ...(pod['metadata'] as Fields), name } };
    const { status, body } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods', object);
    const { message = '' } = body as { readonly message?: string };
    const judged = status === 201 ? body : { ...object, metadata: { ...object.metadata, namespace: 'default' } };
    const isTouched = rulesOf(judged, strict).some((rule) => refusing.has(rule));
    return { what, pod, status, message, denied: rulesOf(judged, policy, 'deny'), isTouched };
  }

  /** Creates every pod, and takes away again what is stored after it was judged. */
  async function createAll(round: string): Promise<readonly Answer[]> {
    const answers = await inParallel(16, pods, (sent, index) => create(sent, `${round}-${index}`));
    const { body } = await controlPlane.request('GET', '/api/v1/namespaces/default/pods');
    const { items } = body as { readonly items: readonly Fields[] };
    const stored = items.filter(
      (item) => rulesOf({ ...item, apiVersion: 'v1', kind: 'Pod' }, policy, 'deny').length > 0,
    );
    expect(stored).toEqual([]);
    expect(items).toHaveLength(answers.filter(({ status }) => status === 201).length);
    await controlPlane.request('DELETE', '/api/v1/namespaces/default/pods?gracePeriodSeconds=0');
    return answers;
  }

  /** Says what came of them, and holds what holds in every form. */
  function hold(form: string, answers: readonly Answer[]): void {
    const arePods = answers.filter((answer) => !isNoPod(answer));
    expect(arePods.filter((each) => each.status !== 201 && !isForWant(each) && !isOurs(each))).toEqual([]);
    const bad = arePods.filter(({ denied }) => denied.length > 0);
    const untouched = arePods.filter(({ isTouched }) => !isTouched);
    const held = untouched.filter(({ status }) => status !== 201);
    const real = untouched.filter(({ what }) => isReal.has(what));
    const realHeld = held.filter(({ what }) => isReal.has(what));
    process.stdout.write(
      `${form}: ${arePods.length} pods; bad: ${bad.length}, refused ${bad.filter(({ status }) => status !== 201).length}, with our message ${bad.filter(isOurs).length}; ` +
        `untouched by any rule that refuses: ${untouched.length}, held up ${held.length} for a command line, of real manifests ${realHeld.length} of ${real.length}; seed ${seed}\n`,
    );
    expect(bad.length).toBeGreaterThan(100);
    expect(bad.filter(({ status }) => status === 201)).toEqual([]);
    expect(untouched.length).toBeGreaterThan(50);
    // Only of a command line may CEL be unable to tell, of which the tables and the generator write more than anybody, and of
    // an image that no kubelet takes: its pod would not run.
    expect(held.filter(({ pod }) => !/"(?:command|args)":/.test(JSON.stringify(pod)) && hasImages(pod))).toEqual([]);
    if (isReal.size > 0) expect(realHeld.length / real.length).toBeLessThan(0.05);
  }

  test('with conditions: what no rule that refuses could touch is created, and every bad pod refused', async () => {
    const answers = await createAll('conditions');
    hold('webhook with conditions', answers);
    expect(answers.filter(isOurs)).toEqual([]);
  }, 300_000);

  test('with admission policies too: what CEL decides is refused with our message', async () => {
    await controlPlane.apply([...admissionPolicies(policy)]);
    let probes = 0;
    const probe = { what: 'probe', pod: { spec: { hostNetwork: true, containers: [{ name: 'c', image: 'app' }] } } };
    await waitUntil('the policy to be in force', async () =>
      isOurs(await create(probe, `probe-${probes++}`)) ? true : undefined,
    );
    const answers = await createAll('policies');
    hold('with admission policies', answers);
    holdDecided(answers);
  }, 300_000);

  test('admission policies alone, with no webhook registered: the same, and no benign pod is held up', async () => {
    const { code } = await controlPlane.kubectl(['delete', 'validatingwebhookconfiguration', 'seawall-pods']);
    expect(code).toBe(0);
    await waitUntil('the webhook to be forgotten', async () => {
      const tool = { spec: { containers: [{ name: 'c', image: 'app', command: ['sh', '-c', "n''map -sS host"] }] } };
      const answer = await create({ what: 'probe', pod: tool }, 'probe');
      return isForWant(answer) ? undefined : true;
    });
    await controlPlane.request('DELETE', '/api/v1/namespaces/default/pods?gracePeriodSeconds=0');
    const answers = await inParallel(16, pods, (sent, index) => create(sent, `alone-${index}`));
    const arePods = answers.filter((answer) => !isNoPod(answer));
    expect(arePods.filter(isForWant)).toEqual([]);
    holdDecided(answers);
    // They never refuse what the policy does not.
    expect(arePods.filter((each) => each.denied.length === 0 && each.status !== 201)).toEqual([]);
  }, 300_000);

  function holdDecided(answers: readonly Answer[]): void {
    const byCel = answers.filter((each) => !isNoPod(each) && each.denied.some((rule) => decided.has(rule)));
    expect(byCel.length).toBeGreaterThan(30);
    expect(byCel.filter((each) => !isOurs(each))).toEqual([]);
  }
});

function asGenerated(pod: Fields): Sent {
  return { what: `generated, seed ${seed}`, pod };
}
