import { planText, readPlan } from '../../src/remediate/plan-file.ts';
import type { Plan } from '../../src/remediate/plan.ts';
import { policyProblem } from '../../src/remediate/preconditions.ts';
import { policySha256 } from '../../src/remediate/spec-hash.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/policy.ts';
import { asList, asObject } from '../../src/policy/json.ts';

const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'tool' };
const change = {
  kind: 'evict',
  object,
  uid: 'c0ffee00-0000-4000-8000-000000000001',
  specSha256: 'a'.repeat(64),
  what: 'evicted',
  isBare: true,
} as const;
const plan: Plan = {
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'RemediationPlan',
  id: '20261124-100000-x7k2',
  createdAt: '2026-11-24T10:00:00.000Z',
  expiresAt: '2026-11-24T11:00:00.000Z',
  cluster: { context: 'test', server: 'https://127.0.0.1:6443', user: 'jane' },
  policy: 'default',
  policySha256: 'b'.repeat(64),
  targets: [
    {
      object,
      uid: change.uid,
      resourceVersion: '1',
      specSha256: change.specSha256,
      chain: [],
      findings: [],
      step: 'evict',
      why: 'nothing controls it',
      changes: [change],
      notes: [],
      minHealthy: 0,
      healthy: 0,
    },
  ],
  refused: [
    { object: { ...object, kind: 'ClusterRole', namespace: '', name: 'system:node' }, reason: 'x', byHand: [] },
  ],
};

test('a plan is read as it was written', () => {
  expect(readPlan(planText(plan), 'plan.json')).toEqual(plan);
});

type Edit = (target: Record<string, unknown>, change: Record<string, unknown>) => void;

/** Names go into addresses of the API server, and into paths below the case folder. */
test.each<[string, string, Edit]>([
  ['a name that climbs', 'targets[0].object.name', (target) => (target['object'] = { ...object, name: '../../../x' })],
  ['a name that is a folder', 'targets[0].object.name', (target) => (target['object'] = { ...object, name: '..' })],
  ['no name', 'targets[0].object.name', (target) => (target['object'] = { ...object, name: '' })],
  [
    'a namespace that climbs, of a change',
    'targets[0].changes[0].object.namespace',
    (_, edited) => (edited['object'] = { ...object, namespace: '..' }),
  ],
  [
    'an escaped slash',
    'targets[0].changes[0].object.name',
    (_, edited) => (edited['object'] = { ...object, name: 'a%2f..' }),
  ],
  ['a uid that climbs', 'targets[0].changes[0].uid', (_, edited) => (edited['uid'] = '../../../etc/x')],
  ['a uid that climbs, of a target', 'targets[0].uid', (target) => (target['uid'] = '../x')],
  [
    'a kind that no plan changes',
    'changes[0].object',
    (_, edited) => (edited['object'] = { ...object, kind: 'Secret' }),
  ],
  ['an id that climbs', 'id', (target) => (target['id'] = '../x')],
])('a plan that was edited to hold %s is refused', (what, field, edit) => {
  const edited = asObject(JSON.parse(planText(plan)));
  const target = asObject(asList(edited['targets'])[0]) as Record<string, unknown>;
  if (what.startsWith('an id')) edit(edited, {});
  else edit(target, asObject(asList(target['changes'])[0]));
  expect(() => readPlan(JSON.stringify(edited), 'plan.json')).toThrow(`${field}: `);
});

const policyOf = (name: string, spec: object) =>
  parsePolicy({ apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name }, spec });

test.each([
  ['the same, its fields in another order', { kinds: [], profile: 'default' }, 'shop', undefined],
  ['one that was changed', { profile: 'strict' }, 'shop', 'policy shop has changed since'],
  ['another one', { profile: 'default', kinds: [] }, 'lab', 'this is policy lab'],
])('a plan is held against its policy: %s', (_, spec, name, problem) => {
  const made = policyOf('shop', { profile: 'default', kinds: [] });
  const of = { policy: made.name, policySha256: policySha256(made) };
  const told = problem === undefined ? undefined : `the plan was made with policy shop, and ${problem}`;
  expect(policyProblem(of, policyOf(name, spec))).toBe(told);
});

test('the built-in policy is one that a plan is held against, too', () => {
  const own = defaultPolicy();
  expect(policyProblem({ policy: own.name, policySha256: policySha256(own) }, defaultPolicy())).toBeUndefined();
});
