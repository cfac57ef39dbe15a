import fc from 'fast-check';
import { rotationTimes } from '../../src/certificates/rotation-times.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

const replicas = 3;
const configurations = 2;

type Event = (cluster: SimulatedCluster) => Promise<void> | void;

const replica = fc.nat(replicas - 1);

/** What may happen at any time, with more than one who believes that he leads. */
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: replica.map(
      (index): Event =>
        (c) =>
          c.turn(index),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(replica, fc.boolean()).map(
      ([index, slow]): Event =>
        (c) =>
          c.act(index, slow),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(replica, fc.constantFrom('all' as const, 'secret' as const, 0, 1)).map(
      ([index, what]): Event =>
        (c) =>
          c.see(index, what),
    ),
  },
  {
    weight: 2,
    arbitrary: replica.map(
      (index): Event =>
        (c) =>
          c.flush(index),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.nat(2 * rotationTimes.settleMs).map(
      (ms): Event =>
        (c) =>
          c.advance(ms),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(7_200_000).map(
      (ms): Event =>
        (c) =>
          c.advance(ms),
    ),
  },
  {
    weight: 2,
    arbitrary: replica.map(
      (index): Event =>
        (c) =>
          c.setLeader(index),
    ),
  },
  {
    weight: 1,
    arbitrary: replica.map(
      (index): Event =>
        (c) =>
          c.resign(index),
    ),
  },
  {
    weight: 1,
    arbitrary: replica.map(
      (index): Event =>
        (c) =>
          c.restart(index),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Event>((c) => c.requestRotation()) },
  { weight: 1, arbitrary: fc.constant<Event>((c) => c.loseSecret()) },
  {
    weight: 1,
    arbitrary: fc.nat(40).map(
      (days): Event =>
        (c) =>
          c.pass(days),
    ),
  },
);

async function converged(): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster(replicas, configurations);
  await cluster.converge();
  return cluster;
}

test('whatever comes in whatever order, each API server trusts what each replica serves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 100, size: 'max' }), async (events) => {
      const cluster = await converged();
      for (const happen of events) {
        await happen(cluster);
        expect(cluster.untrusted()).toEqual([]);
      }
      await cluster.converge();
      expect(cluster.untrusted()).toEqual([]);
      expect(cluster.summary()).toMatchObject({ inStep: true, ended: false });
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('for ten years nothing ends, and nothing is written more often than its time asks for', async () => {
  const cluster = await converged();
  for (let month = 0; month < 120; month += 1) {
    await cluster.pass(30);
    expect(cluster.untrusted()).toEqual([]);
    expect(cluster.summary()).toMatchObject({ inStep: true, ended: false });
  }
  const count = (kind: string) => cluster.steps.filter((step) => step === kind).length;
  // An authority signs for 305 days; a certificate lasts 60 of its 90, and each new authority brings one.
  expect([count('create'), count('publish-next'), count('switch-to-next'), count('retire-old')]).toEqual([
    1, 11, 11, 11,
  ]);
  expect(count('issue-leaf')).toBeGreaterThanOrEqual(55);
  expect(count('issue-leaf')).toBeLessThanOrEqual(62);
});
