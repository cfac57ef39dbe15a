/*
 * Policies with as much as their authors may write, before a real API server: it takes whatever they compile to, since what would be
 * longer than one of its expressions may be is left to the webhook, and said to be.
 */
import { admissionFallbacks, admissionPolicies } from '../../src/compile/admission-policy.ts';
import { refusalConditions } from '../../src/compile/match-conditions.ts';
import { mutatingPolicies } from '../../src/compile/mutating-policy.ts';
import { conditionedWebhooks } from '../../src/compile/webhook-document.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import type { Fields } from '../support/pods.ts';
import { policyOf } from './enforced-policy.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';

const many = (count: number, make: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => make(index));
const all = { name: 'e', reason: 'test', owner: 'test', rules: ruleDefinitions.map(({ id }) => id) };
const adding = (rule: string, add: readonly string[]): Fields => ({
  rules: { [rule]: { classes: { scanner: { add } } } },
});

/** Each with the rules for which the webhook is asked of every pod, and those that seawall-deny leaves to it for their size. */
const policies: readonly {
  readonly name: string;
  readonly spec: Fields;
  readonly asked: readonly string[];
  readonly left: readonly string[];
}[] = [
  {
    name: '500 namespaces that are exempted from every rule',
    spec: { exemptions: [{ ...all, namespaces: many(500, (index) => `team-${index}-production`) }] },
    ...{ asked: [], left: [] },
  },
  {
    name: '1,000 namespaces that are exempted from every rule of a strict policy',
    spec: {
      profile: 'strict',
      exemptions: [{ ...all, namespaces: many(1_000, (index) => `team-${index}-production`) }],
    },
    ...{ asked: [], left: [] },
  },
  {
    name: 'an exemption of each of 500 namespaces',
    spec: { exemptions: many(500, String).map((id) => ({ ...all, name: `e${id}`, namespaces: [`n${id}`] })) },
    ...{ asked: [], left: [] },
  },
  {
    name: '10,000 patterns of namespaces in one exemption',
    spec: {
      profile: 'strict',
      exemptions: [
        { ...all, rules: ['net-raw-default', 'host-pid'], namespaces: many(10_000, (index) => `team-${index}-*`) },
      ],
    },
    ...{ asked: [], left: ['host-pid', 'net-raw-default'] },
  },
  {
    name: '800 long patterns of accounts',
    spec: {
      exemptions: [{ ...all, serviceAccounts: many(800, (index) => `a/${'x'.repeat(100)}*${'y'.repeat(99)}${index}`) }],
    },
    asked: [],
    left: [
      ...['host-network', 'host-pid', 'host-ipc', 'privileged', 'host-process', 'net-raw', 'host-capability'],
      ...['network-tool-image', 'network-tool-command'],
    ],
  },
  {
    name: '10,000 tools',
    spec: adding(
      'network-tool-command',
      many(10_000, (index) => `tool${index}`),
    ),
    ...{ asked: ['network-tool-command'], left: ['network-tool-command'] },
  },
  {
    name: '2,000 tools',
    spec: adding(
      'network-tool-command',
      many(2_000, (index) => `tool${index}`),
    ),
    ...{ asked: [], left: [] },
  },
  {
    name: '5,000 images',
    spec: adding(
      'network-tool-image',
      many(5_000, (index) => `corp/tool-${index}`),
    ),
    ...{ asked: ['network-tool-image'], left: ['network-tool-image'] },
  },
  {
    name: 'patterns of images in every spelling',
    spec: adding('network-tool-image', [
      ...['a/\\[x\\]', 'a/[]b-]x', 'a/[^]b]x', 'a/[!-b]x', 'a/[--9]x', 'a/[+--]b', 'a/[\\]]x', 'a/b[[]c', '[a-z]*/zz'],
      ...["a/[']b", 'a/["]c', 'a/[\\\\]x', 'a/[$^|(){}+]q', 'a/[\u00e9-\u00ff]x', '\\[::1\\]:5000/x', 'x.y*/**/a?/**'],
    ]),
    ...{ asked: [], left: [] },
  },
];

describeLevel('control plane', 'what large policies compile to', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  test.each(policies)('$name: the API server takes it', async ({ spec, asked, left }) => {
    const policy = policyOf(spec);
    const webhooks = conditionedWebhooks.map(({ name, compile }) => ({
      name,
      clientConfig: { url: 'https://127.0.0.1:1/' },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      matchConditions: compile(policy).conditions,
    }));
    const configuration = { kind: 'ValidatingWebhookConfiguration', metadata: { name: 'test' }, webhooks };
    const compiled = [...admissionPolicies(policy), ...mutatingPolicies(policy)];
    // `kubectl apply` keeps each of them in one annotation, of at most 256 KiB.
    expect(compiled.filter((object) => JSON.stringify(object).length > 256 * 1024)).toEqual([]);
    for (const object of [...compiled, configuration]) {
      const { kind } = object as { readonly kind: string };
      const resource = kind.toLowerCase().replace(/y$/, 'ie');
      const path = `/apis/admissionregistration.k8s.io/v1/${resource}s?dryRun=All`;
      const { status, body } = await controlPlane.request('POST', path, object);
      expect([kind, status, String((body as { message?: string }).message).slice(-500)]).toEqual([
        kind,
        201,
        'undefined',
      ]);
    }
    const { rules } = refusalConditions(policy).pod;
    expect(rules.flatMap(({ rule, fallback }) => (fallback === undefined ? [] : [rule]))).toEqual(asked);
    const fallbacks = admissionFallbacks(policy).flatMap((line) => /^seawall-deny: rule (\S+)/.exec(line)?.[1] ?? []);
    expect(fallbacks.sort()).toEqual([...left].sort());
  });
});
