import { createApiClient } from '../../../src/cluster/api-client.ts';
import type { ApiClient } from '../../../src/cluster/api.ts';
import type { Credentials } from '../../../src/cluster/credentials.ts';
import type { LeaderElection, LeaderElectionOptions } from '../../../src/cluster/lease.ts';
import { startLeaderElection } from '../../../src/cluster/lease.ts';
import type { ControlPlane } from '../harness/control-plane.ts';
import { startControlPlane } from '../harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from '../harness/levels.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { administrator } from './credentials-of.ts';
import { cuttable } from './cuttable.ts';

/** Short enough for a test, and with room for a machine that has much to do. */
const timing = { leaseDurationMs: 4_000, renewDeadlineMs: 2_500, retryPeriodMs: 500 };

interface Candidate extends LeaderElection {
  readonly identity: string;
}

/** Candidates for one Lease, and who led when. */
class Race {
  /** `a begins`, `a ends`, in their order. */
  readonly log: string[] = [];
  readonly errors: string[] = [];
  /** The most that ever led at one time. */
  most = 0;
  readonly #leading = new Set<string>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  enter(identity: string, client: ApiClient, options: Partial<LeaderElectionOptions> = {}): Candidate {
    const election = startLeaderElection({
      client,
      namespace: 'default',
      name: this.#name,
      identity,
      onError: (error) => this.errors.push(String(error)),
      onStartedLeading: (signal) => {
        this.#leading.add(identity);
        this.most = Math.max(this.most, this.#leading.size);
        this.log.push(`${identity} begins`);
        const { promise, resolve } = Promise.withResolvers<undefined>();
        signal.addEventListener('abort', () => {
          this.#leading.delete(identity);
          this.log.push(`${identity} ends`);
          resolve(undefined);
        });
        return promise;
      },
      ...timing,
      ...options,
    });
    return { identity, ...election };
  }

  leads(candidate: Candidate): Promise<true> {
    return waitUntil(`${candidate.identity} leads`, () => candidate.isLeader() || undefined);
  }
}

describeLevel('control plane', 'leader election', () => {
  let cluster: ControlPlane;
  let admin: Credentials;
  let client: ApiClient;
  beforeAll(async () => {
    cluster = await startControlPlane();
    admin = administrator(cluster);
    client = createApiClient(admin);
  }, startTimeoutMs);
  afterAll(async () => {
    client.close();
    await cluster.stop();
  });

  const spec = async (name: string) =>
    (await client.request('GET', `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`)).body['spec'];

  test('one leads; when it stops, another leads at once', async () => {
    const race = new Race('handover');
    const a = race.enter('a', client);
    await race.leads(a);
    const leaders: string[] = [];
    const b = race.enter('b', client, { onNewLeader: (identity) => leaders.push(identity) });
    await waitUntil('b to see a', () => b.leader());
    expect([a.isLeader(), b.isLeader(), b.leader()]).toEqual([true, false, 'a']);
    expect(await spec('handover')).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 4,
      leaseTransitions: 0,
    });
    const stoppedMs = performance.now();
    await a.stop();
    await race.leads(b);
    // Without the release it would take at least the duration of the lease.
    expect(performance.now() - stoppedMs).toBeLessThan(3_500);
    expect(await spec('handover')).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    await b.stop();
    expect(await spec('handover')).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(race.log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(leaders).toEqual(['a', 'b']);
    expect(race.errors).toEqual([]);
  });

  test('a leader that is cut off ends before another begins, whatever the clocks say', async () => {
    const race = new Race('cut');
    const link = await cuttable(cluster.url);
    const far = createApiClient({ ...admin, server: link.url });
    const a = race.enter('a', far);
    await race.leads(a);
    // An hour apart: by the time that is written in the lease it would have ended long ago.
    const b = race.enter('b', client, { now: () => Date.now() + 3_600_000 });
    await waitUntil('b to see a', () => b.leader());
    const { acquireTime } = (await spec('cut')) as { acquireTime: string };
    await waitUntil('two renewals', async () => {
      const { renewTime } = (await spec('cut')) as { renewTime: string };
      return Date.parse(renewTime) - Date.parse(acquireTime) > timing.leaseDurationMs || undefined;
    });
    expect([a.isLeader(), b.isLeader()]).toEqual([true, false]);
    const cutMs = performance.now();
    link.cut();
    await race.leads(b);
    const tookMs = performance.now() - cutMs;
    expect(race.log).toEqual(['a begins', 'a ends', 'b begins']);
    expect(tookMs).toBeGreaterThan(timing.renewDeadlineMs);
    expect(tookMs).toBeLessThan(timing.leaseDurationMs + 4_000);
    link.mend();
    await waitUntil('a to see b', () => a.leader() === 'b' || undefined);
    expect([a.isLeader(), b.isLeader(), race.most]).toEqual([false, true, 1]);
    await Promise.all([a.stop(), b.stop()]);
    far.close();
    link.close();
  });

  test('while etcd is paused nobody leads beyond the deadline, and afterwards one does', async () => {
    const race = new Race('paused');
    const both = [race.enter('a', client), race.enter('b', client)];
    const one = () => both.filter((each) => each.isLeader()).length === 1 || undefined;
    await waitUntil('a leader', one);
    cluster.pauseEtcd();
    try {
      await waitUntil('the end of its term', () => race.log.at(-1)?.endsWith('ends') === true || undefined);
      expect(both.map((each) => each.isLeader())).toEqual([false, false]);
    } finally {
      cluster.resumeEtcd();
    }
    await waitUntil('a leader', one);
    expect(race.most).toBe(1);
    await Promise.all(both.map((each) => each.stop()));
  });

  test('of many who come and go never two lead', async () => {
    const race = new Race('crowd');
    let crowd = ['a', 'b', 'c', 'd'].map((identity) => race.enter(identity, client));
    for (let round = 0; round < 6; round++) {
      const leader = await waitUntil('a leader', () => crowd.find((each) => each.isLeader()));
      await leader.stop();
      crowd = [...crowd.filter((each) => each !== leader), race.enter(`${leader.identity}${round}`, client)];
    }
    await Promise.all(crowd.map((each) => each.stop()));
    expect(race.most).toBe(1);
    expect(race.log.filter((entry) => entry.endsWith('begins')).length).toBeGreaterThanOrEqual(6);
  });

  test('a leader whose work fails gives the lease to another', async () => {
    const race = new Race('failing');
    const failing = race.enter('failing', client, {
      onStartedLeading: () => Promise.reject(new Error('no disk')),
    });
    await waitUntil('the failure', () => race.errors.length > 0 || undefined);
    const b = race.enter('b', client);
    await race.leads(b);
    expect(race.errors[0]).toBe('Error: no disk');
    await Promise.all([failing.stop(), b.stop()]);
  });

  test('without the right to the Lease nobody leads, and the reason is told', async () => {
    const asJane = createApiClient({
      ...admin,
      present: async () => ({ ...(await admin.present()), headers: { 'impersonate-user': 'jane' } }),
    });
    const race = new Race('forbidden');
    const a = race.enter('a', asJane);
    await waitUntil('the failure', () => race.errors.length > 0 || undefined);
    expect(race.errors[0]).toBe(
      'ApiError: GET /apis/coordination.k8s.io/v1/namespaces/default/leases/forbidden: HTTP 403: leases.coordination.k8s.io ' +
        '"forbidden" is forbidden: User "jane" cannot get resource "leases" in API group "coordination.k8s.io" in the ' +
        'namespace "default"',
    );
    await a.stop();
    expect(race.log).toEqual([]);
    asJane.close();
  });
});

test('times that cannot work are refused', () => {
  const start = () =>
    startLeaderElection({
      client: { request: () => Promise.reject(new Error('never asked')) },
      namespace: 'default',
      name: 'wrong',
      identity: 'a',
      onStartedLeading: () => undefined,
      renewDeadlineMs: 15_000,
    });
  expect(start).toThrow('a leader election needs retryPeriodMs < renewDeadlineMs < leaseDurationMs');
});
