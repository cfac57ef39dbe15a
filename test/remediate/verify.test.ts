import type { Change } from '../../src/remediate/change.ts';
import type { PlannedTarget } from '../../src/remediate/plan.ts';
import type { Step } from '../../src/remediate/situation.ts';
import { whatHolds } from '../../src/remediate/verify.ts';

function targetOf(step: Step, kind: string): PlannedTarget {
  const object = { apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, namespace: 'shop', name: 'web' };
  const bound = { object, uid: '1', specSha256: '' };
  const change: Change = { kind: 'evict', ...bound, what: '', isBare: false };
  const changes = step === 'report' ? [] : [change];
  return {
    ...bound,
    resourceVersion: '1',
    chain: [],
    findings: [],
    step,
    why: '',
    changes,
    notes: [],
    minHealthy: 0,
    healthy: 0,
  };
}

test.each<[Step, string, string]>([
  ['report', 'Deployment', 'nothing was to be changed'],
  ['annotate', 'Deployment', 'annotate holds'],
  ['quarantine', 'Deployment', 'quarantine holds'],
  ['cordon', 'DaemonSet', 'cordon holds'],
  ['suspend', 'Deployment', 'suspend holds, and its pods are gone'],
  ['evict', 'Pod', 'evict holds, and its pods are gone'],
  ['delete', 'Pod', 'delete holds, and its pods are gone'],
  ['evict', 'Deployment', 'evict holds, and none of its pods is refused by the policy'],
  ['fix', 'Deployment', 'fix holds, and none of its pods is refused by the policy'],
])('of %s of a %s, verify says what it saw and no more', (step, kind, words) => {
  expect(whatHolds(targetOf(step, kind))).toBe(words);
});
