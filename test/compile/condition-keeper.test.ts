/*
 * What an API server of today cannot show: one that does not know matchConditions, or not all that is in them. All else is
 * shown before a real one (test/cluster/written-conditions.test.ts).
 */
import type { ApiClient, JsonObject } from '../../src/cluster/api.ts';
import { ApiError } from '../../src/cluster/api.ts';
import { startConditionKeeper } from '../../src/compile/condition-keeper.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { waitUntil } from '../cluster/harness/wait-until.ts';

const policy = defaultPolicy();
const configuration: JsonObject = {
  metadata: { name: 'seawall-pods', uid: 'u', resourceVersion: '1' },
  webhooks: [{ name: 'pods.seawall.dev' }, { name: 'advice.seawall.dev' }],
};

/** Answers as an API server does that has the configuration and the Lease, and takes each writing of conditions as `take` says. */
function olderServer(take: () => JsonObject) {
  const writes: JsonObject[] = [];
  const client: ApiClient = {
    request: (method, path, options) => {
      if (path.includes('/leases')) return Promise.resolve({ status: 200, body: { metadata: {} } });
      if (method === 'GET') return Promise.resolve({ status: 200, body: configuration });
      const body = options?.body as JsonObject;
      writes.push(body);
      if (body['webhooks'] === undefined) return Promise.resolve({ status: 200, body: configuration });
      return Promise.resolve().then(() => ({ status: 200, body: take() }));
    },
    watch: (_path, _onEvent, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new ApiError('cancelled', 'cancelled')));
      }),
    clockOffsetMs: () => 0,
    close: () => undefined,
  };
  return { client, writes };
}

test.each([
  ['drops the field', () => configuration, 'older than Kubernetes 1.28'],
  [
    'does not know the field',
    () => {
      throw new ApiError(
        'invalid',
        'PATCH: .webhooks[name="pods.seawall.dev"].matchConditions: field not declared in schema',
        { status: 400 },
      );
    },
    'field not declared in schema',
  ],
  [
    'does not know a function',
    () => {
      throw new ApiError('invalid', 'PATCH: undeclared reference to optional', { status: 422 });
    },
    'undeclared reference',
  ],
])(
  'an API server that %s: one clear line, the policy in force, and the webhook without conditions',
  async (_what, take, word) => {
    const { client, writes } = olderServer(take);
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line), flush: () => Promise.resolve() };
    let nowMs = 0;
    const keeper = startConditionKeeper({
      client,
      namespace: 'seawall',
      lease: 'seawall-conditions',
      replica: 'one',
      wanted: () => policy,
      onInForce: () => undefined,
      log: openLog({ level: 'info', destination, now: Date.now }),
      metrics: createMetrics([]),
      monotonicMs: () => (nowMs += 10_000),
      times: { settleMs: 1_000, aliveMs: 45_000 },
    });
    await keeper.started;
    const told = await waitUntil('the line', () => lines.find((line) => line.includes('are not taken')));
    expect(told).toContain(word);
    expect(told).toContain('they need Kubernetes 1.30');
    expect(keeper.problems()).toEqual([]);
    keeper.policyChanged();
    await waitUntil('it to be noted', () => (keeper.notes().join().includes(word) ? true : undefined));
    await keeper.stop();
    expect(lines.filter((line) => line.includes('are not taken'))).toHaveLength(1);
    expect(writes.filter((body) => body['webhooks'] !== undefined)).toHaveLength(1);
  },
);
