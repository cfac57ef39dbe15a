import { planText, readPlan } from '../../src/remediate/plan-file.ts';
import type { Plan } from '../../src/remediate/plan.ts';
import { checkBinding, policyProblem } from '../../src/remediate/preconditions.ts';
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

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const context = '/spec/template/spec/containers/0/securityContext';

/** A plan whose one change sets a field. */
function planToSet(path: string, value: unknown, before?: unknown): string {
  const { uid, specSha256 } = change;
  const operations = [value === undefined ? { op: 'remove', path } : { op: 'add', path, value }];
  const undo = [{ op: 'replace', path, value: before }];
  const patch = { kind: 'patch', object: deployment, uid, specSha256, what: 'x', operations, undo };
  const [target] = plan.targets;
  const changes = [{ ...patch, annotations: {}, annotationsBefore: {} }];
  return JSON.stringify({ ...plan, targets: [{ ...target, object: deployment, changes }] });
}

test.each([
  ['more replicas', '/spec/replicas', 50, 2],
  ['the host network', '/spec/template/spec/hostNetwork', true, undefined],
  ['a node of its own choice', '/spec/template/spec/nodeSelector', { 'kubernetes.io/hostname': 'x' }, undefined],
  ['a privileged container', context, { privileged: true }, undefined],
  [
    'an added capability',
    context,
    { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
    { capabilities: { add: ['NET_RAW'] } },
  ],
  ['a drop less', context, { capabilities: {} }, { capabilities: { drop: ['ALL'] } }],
  ['a part of a context', `${context}/privileged`, true, undefined],
] as readonly (readonly [string, string, unknown, unknown])[])(
  'a plan that was edited to set %s is refused',
  (_, path, value, before) => {
    expect(() => readPlan(planToSet(path, value, before), 'plan.json')).toThrow('changes[0].operations: ');
  },
);

test.each([
  ['no replicas', '/spec/replicas', 0, 2],
  ['no host network', '/spec/template/spec/hostNetwork', undefined, true],
  [
    'a capability less',
    context,
    { runAsUser: 1, capabilities: { drop: ['NET_RAW'] } },
    { runAsUser: 1, capabilities: { add: ['NET_RAW'] } },
  ],
] as readonly (readonly [string, string, unknown, unknown])[])(
  'a plan that sets %s is read',
  (_, path, value, before) => {
    expect(() => readPlan(planToSet(path, value, before), 'plan.json')).not.toThrow();
  },
);

test.each([
  ['ten minutes', 600_000, ''],
  ['an hour of a clock that is ahead', 4_200_000, ''],
  ['a day', 86_400_000, 'as none is: make it anew'],
  ['less than nothing', -1, 'has expired'],
])('a plan that is good for %s', (_, leftMs, problem) => {
  const nowMs = Date.parse(plan.expiresAt) - leftMs;
  const check = (): void => checkBinding(plan, plan.cluster, nowMs);
  if (problem === '') expect(check).not.toThrow();
  else expect(check).toThrow(problem);
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
