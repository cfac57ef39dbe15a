import { conditionsState } from '../../src/compile/conditions-in-force.ts';
import { conditionedWebhooks, webhookDocuments } from '../../src/compile/webhook-document.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/policy.ts';

const policy = defaultPolicy();
const strict = parsePolicy({
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'strict' },
  spec: { profile: 'strict' },
});
const [own] = webhookDocuments(policy);
const [refusing] = conditionedWebhooks;
const conditions = refusing?.compile(policy).conditions ?? [];
const holding = (...matchConditions: readonly object[]): object => ({
  webhooks: [{ name: refusing?.name, matchConditions }],
});

test.each([
  ['what the policy compiles to', own, 'in-step'],
  ['the same in another order', holding(...conditions.toReversed()), 'in-step'],
  ['one left out, which asks of more', holding(...conditions.slice(1)), 'other'],
  ['one more, which asks of less', holding(...conditions, { name: 'mine', expression: 'false' }), 'other'],
  [
    'an expression changed',
    holding(...conditions.slice(1), { name: conditions[0]?.name, expression: 'false' }),
    'other',
  ],
  ['those of a stricter policy', webhookDocuments(strict)[0], 'other'],
  ['none', holding(), 'none'],
  ['another webhook alone', { webhooks: [{ name: 'other', matchConditions: conditions }] }, 'none'],
  ['no object', 'nothing', 'none'],
])('conditions in the cluster: %s', (_what, object, state) => {
  expect(conditionsState(object, policy)).toBe(state);
});
