import { createBackOff } from '../../../src/cluster/back-off.ts';

test.each([
  ['the shortest', 0, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
  ['the longest', 1, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
])('waits double up to 30 s: %s', (_, random, waits) => {
  const backOff = createBackOff(() => random);
  expect(waits.map(() => backOff.next())).toEqual(waits);
  backOff.reset();
  expect(backOff.next()).toBe(waits[0]);
});

test('waits as long as the server asks, up to two minutes', () => {
  const backOff = createBackOff(() => 0);
  expect(backOff.next(7)).toBe(7_000);
  expect(backOff.next(0)).toBe(1_000);
  expect(backOff.next(86_400)).toBe(120_000);
});
