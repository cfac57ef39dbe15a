import type { ApiClient } from '../../src/cluster/api.ts';
import { ApiError } from '../../src/cluster/api.ts';
import type { Change } from '../../src/remediate/change.ts';
import type { Operation } from '../../src/remediate/operation.ts';
import type { PlannedTarget } from '../../src/remediate/plan.ts';
import { settle } from '../../src/remediate/settle.ts';

const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'bare' };
const ended: Change = { kind: 'evict', object, uid: 'ended', specSha256: '', what: 'evict', isBare: true };
const target: PlannedTarget = {
  object,
  uid: 'ended',
  resourceVersion: '1',
  specSha256: '',
  chain: [],
  findings: [],
  step: 'evict',
  why: '',
  changes: [ended],
  notes: [],
  minHealthy: 0,
  healthy: 0,
};

/** Settles the end of the pod against a server that answers so, with no time to wait. */
function settleAt(request: ApiClient['request']): Promise<string | undefined> {
  const operation: Operation = {
    client: {
      request,
      watch: () => Promise.reject(new Error('nothing is watched')),
      clockOffsetMs: () => 0,
      close: () => undefined,
    },
    identity: { context: 'context test', server: 'https://127.0.0.1:6443', user: 'admin' },
    signal: new AbortController().signal,
    now: () => 0,
    monotonicMs: () => 0,
    wait: () => Promise.resolve(),
    tell: () => undefined,
  };
  return settle(operation, target, ended, { timeoutMs: 0, complaintBefore: '' });
}

const podOf = (uid: string) => () => Promise.resolve({ status: 200, body: { metadata: { uid } } });

test.each<[string, ApiClient['request'], string | undefined]>([
  ['no pod', () => Promise.reject(new ApiError('not-found', 'pods "bare" not found')), undefined],
  ['another pod of its name', podOf('other'), undefined],
  ['the pod', podOf('ended'), 'not settled within 0 s: Pod shop/bare is not gone yet'],
])('with %s there, the end of a pod has settled or says why not', async (_, request, outcome) => {
  expect(await settleAt(request)).toBe(outcome);
});

test('that the pod may not be read is no sign that it is gone', async () => {
  const refused = settleAt(() => Promise.reject(new ApiError('forbidden', 'pods "does not exist')));
  await expect(refused).rejects.toThrow('the right to get pods in shop is missing');
});
