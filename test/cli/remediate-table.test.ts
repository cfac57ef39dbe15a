import type { ConnectionOptions } from '../../src/cli/connection-options.ts';
import { flagsOf } from '../../src/cli/connection-options.ts';
import { planTable } from '../../src/cli/remediate-table.ts';
import type { Plan } from '../../src/remediate/plan.ts';
import { contextName } from '../../src/remediate/session.ts';

const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'bare' };

function planIn(context: string): Plan {
  return {
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'RemediationPlan',
    id: 'p',
    createdAt: '2026-11-24T10:00:00Z',
    expiresAt: '2026-11-24T11:00:00Z',
    cluster: { context, server: 'https://127.0.0.1:6443', user: 'admin' },
    policy: 'default',
    policySha256: 'b'.repeat(64),
    refused: [],
    targets: [
      {
        object,
        uid: '1',
        resourceVersion: '1',
        specSha256: '',
        chain: [],
        findings: [],
        step: 'evict',
        why: '',
        changes: [{ kind: 'evict', object, uid: '1', specSha256: '', what: 'evict', isBare: true }],
        notes: [],
        minHealthy: 0,
        healthy: 0,
      },
    ],
  };
}

test.each([
  ['context prod', 'prod/1'],
  ['context context x', "'context x/1'"],
  ['cluster prod', "'cluster prod/1'"],
  ['ServiceAccount of this pod', "'ServiceAccount of this pod/1'"],
])('in %s, what the plan says to type for apply is what apply takes', (context, word) => {
  const plan = planIn(context);
  expect(planTable(plan, 'plan.json', '')).toContain(`next: seawall remediate apply plan.json --confirm ${word}\n`);
  expect(word.replaceAll("'", '')).toBe(`${contextName(plan.cluster)}/1`);
});

test.each<[string, ConnectionOptions]>([
  ['', { asGroups: [] }],
  [" --kubeconfig prod.yaml --context 'the shop'", { kubeconfig: 'prod.yaml', context: 'the shop', asGroups: [] }],
  [
    " --cluster c --user u --as jane --as-group a --as-group 'b c'",
    { cluster: 'c', user: 'u', as: 'jane', asGroups: ['a', 'b c'] },
  ],
])('the next command has the flags that lead to the cluster: %j', (flags, options) => {
  expect(planTable(planIn('context prod'), 'plan.json', flagsOf(options))).toContain(
    `next: seawall remediate apply${flags} plan.json --confirm prod/1\n`,
  );
});
