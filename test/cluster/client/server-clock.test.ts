import fc from 'fast-check';
import { createServerClock } from '../../../src/cluster/server-clock.ts';

/** What an answer says that the server wrote at this time of its own. */
const dateAt = (serverMs: number): number => Math.floor(serverMs / 1000) * 1000;

test('nothing is known before the first answer', () => {
  expect(createServerClock().offsetMs()).toBe(0);
});

test('never further off than the fastest answer allows, however slow the others are', () => {
  const answer = fc.record({
    atMs: fc.nat(10_000_000),
    there: fc.nat({ max: 60_000 }),
    back: fc.nat({ max: 60_000 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: -86_400_000, max: 86_400_000 }),
      fc.array(answer, { minLength: 1 }),
      (offset, answers) => {
        const clock = createServerClock();
        for (const { atMs, there, back } of answers) {
          clock.see(dateAt(1e12 + atMs + there + offset), 1e12 + atMs, 1e12 + atMs + there + back);
        }
        const fastest = Math.min(...answers.map(({ there, back }) => there + back));
        expect(Math.abs(clock.offsetMs() - offset)).toBeLessThanOrEqual((fastest + 1_000) / 2);
      },
    ),
  );
});

test('a clock that is set is followed with the next answer', () => {
  const clock = createServerClock();
  for (let ms = 0; ms < 20_000; ms += 700) clock.see(dateAt(ms), ms, ms + 5);
  expect(Math.abs(clock.offsetMs())).toBeLessThan(300);
  clock.see(dateAt(3_600_000), 20_000, 20_005);
  expect(Math.abs(clock.offsetMs() - 3_580_000)).toBeLessThan(600);
});
