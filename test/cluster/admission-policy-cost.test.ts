/*
 * What the compiled ValidatingAdmissionPolicies cost before a real API server, which alone counts it: no pod is refused because its
 * evaluation costs too much, and none of their variables costs more than the compiler has reckoned.
 */
import { admissionVariables } from '../../src/compile/admission-policy.ts';
import type { ClusterObject } from '../../src/compile/webhook-document.ts';
import { costLimit } from '../../src/policy/cel/expression.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Fields } from '../support/pods.ts';
import { worstPods } from './condition-cost.ts';
import type { CompiledAction } from './enforced-policy.ts';
import { ask, compiledActions, enforcedPolicy, policyOf, whileEnforced } from './enforced-policy.ts';
import { fullPods } from './full-pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';
import { inParallel } from './in-parallel.ts';

const pods = '/api/v1/namespaces/default/pods';

const cases = (['default', 'strict'] as const).flatMap((profile) =>
  compiledActions
    .map((action) => ({ profile, action, policy: policyOf({ profile }) }))
    .filter(({ policy, action }) => enforcedPolicy(policy, action).length > 0),
);

/** A pod that every action tells of. */
const probe: Fields = {
  spec: {
    hostPID: true,
    containers: [{ name: 'c', image: 'app', ports: [{ containerPort: 80, hostPort: 81 }] }],
    volumes: [{ name: 'v', hostPath: { path: '/etc' } }],
  },
};

/** Most times that a variable is computed in one expression. */
const mostTimes = 60;

interface Repeated {
  readonly name: string;
  readonly expression: string;
  readonly times: number;
}

/** Each variable computed as many times over as its reckoned cost allows within the API server's limit of one expression. */
function repeated(policy: Policy, action: CompiledAction): Repeated[] {
  return admissionVariables(policy, action).map(({ name, value }) => {
    const times = Math.max(1, Math.min(mostTimes, Math.floor((costLimit - 1_000) / (value.cost + 20))));
    const rounds = Array.from({ length: times }, (_, index) => index);
    return { name, expression: `[${rounds.join(', ')}].map(i_, ${value.text})[0]`, times };
  });
}

/** As many may cost all that one expression may, within the limit of a policy. */
const atOnce = 6;

/** The policy with these variables in the place of its own, and a message that costs nothing. */
function withVariables(objects: readonly ClusterObject[], some: readonly Repeated[]): ClusterObject[] {
  const own = new Map(some.map(({ name, expression }) => [name, { name, expression }]));
  return objects.map((object) => {
    const spec = object['spec'] as { readonly variables?: readonly { readonly name: string }[] };
    if (spec.variables === undefined) return object;
    const variables = spec.variables.map((each) => own.get(each.name) ?? each);
    const validations = [
      {
        expression: 'size(variables.found) == 0',
        message: 'Seawall refuses this pod by policy test: x',
        reason: 'Forbidden',
      },
    ];
    return { ...object, spec: { ...spec, variables, validations } };
  });
}

describeLevel('control plane', 'cost of the compiled ValidatingAdmissionPolicies', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
    for (const { name, spec } of fullPods) {
      const stored = await controlPlane.request('POST', pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `full-${name}` },
        spec,
      });
      expect([stored.status, (stored.body as { message?: string }).message]).toEqual([201, undefined]);
    }
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  /** What the API server says, beside the messages of the policy, of each pod that may cost much. */
  async function complaints(): Promise<string[]> {
    const create = (pod: Fields, name: string) =>
      ask(controlPlane, 'POST', pods, { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { name } });
    const label = (name: string) =>
      ask(controlPlane, 'PATCH', `${pods}/${name}`, { metadata: { labels: { seen: 'once' } } });
    const worst = await inParallel(4, [...worstPods()], ({ pod }, index) => create(pod, `w${index}`));
    const full = await inParallel(4, fullPods, ({ name, spec }) => create({ spec }, `new-${name}`));
    const updated = await inParallel(4, fullPods, ({ name }) => label(`full-${name}`));
    return [...worst, ...full, ...updated].map(({ other }) => other.slice(-300)).filter((other) => other !== '');
  }

  test.each(cases)(
    '$profile, $action: no pod is refused for what the policy costs',
    async ({ policy, action }) => {
      expect(await whileEnforced(controlPlane, enforcedPolicy(policy, action), probe, complaints)).toEqual([]);
    },
    120_000,
  );

  // It has every rule.
  test.each(cases.filter(({ profile }) => profile === 'strict'))(
    '$profile, $action: no variable costs more than is reckoned',
    async ({ policy, action }) => {
      const variables = repeated(policy, action);
      for (let first = 0; first < variables.length; first += atOnce) {
        const some = variables.slice(first, first + atOnce);
        const objects = withVariables(enforcedPolicy(policy, action), some);
        expect(await whileEnforced(controlPlane, objects, probe, complaints)).toEqual([]);
      }
      const all = variables.map(({ name, times }) => `${name} ${times}`);
      process.stdout.write(`computed so many times within the limit: ${all.join(', ')}\n`);
    },
    120_000,
  );
});
