import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { countTally, valueTally } from '../../src/telemetry/tally.ts';

const buckets = [0.25, 0.5, 1, 10];
const named = { name: 'seawall_test', help: 'Says what it counts.' };

test('a tally of values reads like the histogram of the client library', async () => {
  const value = fc.oneof(fc.constantFrom(0, ...buckets), fc.double({ min: 0, max: 20, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('validate', 'mutate'), value)), async (observations) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const tally = valueTally({ ...named, labelName: 'route', buckets }, ours);
      const histogram = new Histogram({ ...named, labelNames: ['route'], buckets, registers: [theirs] });
      for (const [route, observed] of observations) {
        tally(route, observed);
        histogram.observe({ route }, observed);
      }
      expect(await ours.metrics()).toBe(await theirs.metrics());
    }),
  );
});

test('a tally of counts reads like the counter of the client library, scraped as often as it is', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const tally = countTally({ ...named, labelNames: ['rule', 'action'] }, ours);
  const counter = new Counter({ ...named, labelNames: ['rule', 'action'], registers: [theirs] });
  for (const [rule, action, count] of [
    ['host-pid', 'deny', 1],
    ['host-pid', 'warn', 4],
    ['host-ipc', 'deny', 60_000],
    ['host-pid', 'deny', 2],
  ] as const) {
    tally(rule, action, count);
    counter.inc({ rule, action }, count);
    await ours.metrics();
  }
  expect((await ours.metrics()).split('\n').sort()).toEqual((await theirs.metrics()).split('\n').sort());
});
