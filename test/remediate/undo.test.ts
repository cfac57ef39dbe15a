import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cluster/api.ts';
import { ApiError } from '../../src/cluster/api.ts';
import { openCaseFor } from '../../src/remediate/case-folder.ts';
import type { Change } from '../../src/remediate/change.ts';
import type { Operation } from '../../src/remediate/operation.ts';
import type { Plan, PlannedTarget } from '../../src/remediate/plan.ts';
import { undoCase } from '../../src/remediate/undo.ts';

const cluster = { context: 'context test', server: 'https://127.0.0.1:6443', user: 'admin' };
const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: 'shop', name: 'none' };
const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' };

function targetOf(change: Change): PlannedTarget {
  const { object, uid, specSha256 } = change;
  const bound = { object, uid, specSha256, resourceVersion: '1', minHealthy: 0, healthy: 0 };
  return { ...bound, chain: [], findings: [], step: 'evict', why: '', changes: [change], notes: [] };
}

const plan: Plan = {
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'RemediationPlan',
  id: 'undo-test',
  createdAt: '2026-11-24T10:00:00Z',
  expiresAt: '2026-11-24T11:00:00Z',
  cluster,
  policy: 'default',
  policySha256: 'b'.repeat(64),
  refused: [],
  targets: [
    targetOf({ kind: 'create', object: policy, uid: '', specSha256: '', what: 'create', manifest: {} }),
    targetOf({ kind: 'evict', object: pod, uid: 'gone', specSha256: '', what: 'evict', isBare: false }),
  ],
};

/** An API server that has the policy and no pod any more, and takes every delete. */
const client: ApiClient = {
  request: (_, path) =>
    path.includes('/networkpolicies/')
      ? Promise.resolve({ status: 200, body: { metadata: { uid: 'made' } } })
      : Promise.reject(new ApiError('not-found', 'there is none')),
  watch: () => {
    throw new Error('an undo watches nothing');
  },
  clockOffsetMs: () => 0,
  close: () => undefined,
};

function operationBy(by: ApiClient): Operation {
  return {
    client: by,
    identity: cluster,
    signal: new AbortController().signal,
    now: () => 0,
    monotonicMs: () => 0,
    wait: () => Promise.resolve(),
    tell: () => undefined,
  };
}

test('an undo that the server refuses in the middle says how far it came', async () => {
  const other = { ...policy, name: 'other' };
  const targets = [policy, other].map((object) =>
    targetOf({ kind: 'create', object, uid: '', specSha256: '', what: 'create', manifest: {} }),
  );
  const folder = await openCaseFor({ ...plan, targets }, join(mkdtempSync(join(tmpdir(), 'undo-')), 'case'), () => 0);
  for (const target of [0, 1]) await folder.journal.append({ event: 'done', target, change: 0 });
  const refusing: ApiClient = {
    ...client,
    request: (method, path, options) =>
      // The dry run before it is taken.
      method === 'DELETE' && path.includes('/none') && !JSON.stringify([path, options]).includes('dryRun')
        ? Promise.reject(new ApiError('invalid', 'no'))
        : client.request(method, path, options),
  };
  const undone = undoCase(operationBy(refusing), folder, { force: false, confirm: () => Promise.resolve(true) });
  await expect(undone).rejects.toThrow(
    'NetworkPolicy shop/none: refused to be taken back: no\n1 of 2 changes were taken back before; run it again to go on',
  );
  await folder.journal.close();
});

test('an undo that nobody confirms leaves no word of an undo in the journal, so that apply may go on', async () => {
  const folder = await openCaseFor(plan, join(mkdtempSync(join(tmpdir(), 'undo-')), 'case'), () => 0);
  for (const target of [0, 1]) await folder.journal.append({ event: 'done', target, change: 0 });
  const undo = (isMeant: boolean) =>
    undoCase(operationBy(client), folder, { force: false, confirm: () => Promise.resolve(isMeant) });
  await expect(undo(false)).rejects.toThrow('not confirmed: nothing was taken back');
  expect(folder.journal.records.map(({ event }) => event)).toEqual(['done', 'done']);
  expect(await undo(true)).toMatchObject({ undone: 1, refused: [] });
  expect(folder.journal.records.map(({ event }) => event)).toEqual([
    'done',
    'done',
    'undone',
    'undo-started',
    'undone',
  ]);
  await folder.journal.close();
});
