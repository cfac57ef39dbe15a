import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cluster/api.ts';
import { applyPlan } from '../../src/remediate/apply.ts';
import { openCaseFor } from '../../src/remediate/case-folder.ts';
import type { Plan } from '../../src/remediate/plan.ts';
import { specSha256 } from '../../src/remediate/spec-hash.ts';

const cluster = { context: 'context test', server: 'https://127.0.0.1:6443', user: 'admin' };
const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const live = { ...object, metadata: { namespace: 'shop', name: 'web', uid: '1' }, spec: { replicas: 0 } };
const expiresAt = '2026-11-24T11:00:00.000Z';

/** Nothing is to be changed of its target: what is left to do is to keep what there is of it. */
const plan: Plan = {
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'RemediationPlan',
  id: 'apply-test',
  createdAt: '2026-11-24T10:00:00.000Z',
  expiresAt,
  cluster,
  policy: 'default',
  policySha256: 'b'.repeat(64),
  refused: [],
  targets: [
    {
      object,
      uid: '1',
      resourceVersion: '1',
      specSha256: specSha256(live),
      chain: [],
      findings: [],
      step: 'report',
      why: '',
      changes: [],
      notes: [],
      minHealthy: 0,
      healthy: 0,
    },
  ],
};

const client: ApiClient = {
  request: (_, path) => Promise.resolve({ status: 200, body: path.includes('/deployments/') ? live : { items: [] } }),
  watch: () => Promise.reject(new Error('nothing is watched')),
  clockOffsetMs: () => 0,
  close: () => undefined,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-apply-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Applies the plan, a minute before its end; the answer to the question takes so long. */
async function applyAfter(answerMs: number): Promise<unknown> {
  let nowMs = Date.parse(expiresAt) - 60_000;
  const path = join(folder, 'case');
  const opened = await openCaseFor(plan, path, () => nowMs);
  const confirm = (): Promise<boolean> => {
    nowMs += answerMs;
    return Promise.resolve(true);
  };
  const operation = {
    client,
    identity: cluster,
    signal: new AbortController().signal,
    now: () => nowMs,
    monotonicMs: () => 0,
    wait: () => Promise.resolve(),
    tell: () => undefined,
  };
  try {
    return await applyPlan(operation, opened, { keepGoing: false, maxTargets: 5, timeoutMs: 0, confirm });
  } finally {
    await opened.journal.close();
  }
}

test('a plan that is confirmed in time is applied', async () => {
  expect(await applyAfter(59_999)).toEqual({ applied: 1, refused: [] });
  expect(readdirSync(join(folder, 'case'))).toContain('targets');
});

test('a plan that expires while its confirmation is waited for is refused, and nothing is begun', async () => {
  await expect(applyAfter(60_000)).rejects.toThrow(`the plan has expired at ${expiresAt}: make it anew`);
  expect(readdirSync(join(folder, 'case')).toSorted()).toEqual(['journal.jsonl', 'plan.json']);
});
