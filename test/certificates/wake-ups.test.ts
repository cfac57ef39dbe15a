import { startWakeUps } from '../../src/certificates/wake-ups.ts';

test('work that is asked for while it is done is done once more, and never twice at a time', async () => {
  const finished = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  let begun = 0;
  const wakeUps = startWakeUps({
    work: () => finished[begun++]?.promise ?? Promise.resolve(Infinity),
    onError: (error) => {
      throw error;
    },
  });
  wakeUps.wake();
  await new Promise(setImmediate);
  wakeUps.wake();
  wakeUps.wake();
  await new Promise(setImmediate);
  expect(begun).toBe(1);
  finished[0]?.resolve(Infinity);
  await new Promise(setImmediate);
  expect(begun).toBe(2);
  finished[1]?.resolve(Infinity);
  await wakeUps.idle();
  expect(begun).toBe(2);
  wakeUps.stop();
  wakeUps.wake();
  await new Promise(setImmediate);
  expect(begun).toBe(2);
});

test('work that fails is told, and done again after a second', async () => {
  const errors: unknown[] = [];
  const again = Promise.withResolvers<number>();
  const begunMs = performance.now();
  let begun = 0;
  const wakeUps = startWakeUps({
    work: () => {
      begun += 1;
      if (begun === 1) return Promise.reject(new Error('no answer'));
      again.resolve(performance.now() - begunMs);
      return Promise.resolve(Infinity);
    },
    onError: (error) => errors.push(error),
  });
  wakeUps.wake();
  // A timer may come a millisecond early by another clock.
  expect(await again.promise).toBeGreaterThan(990);
  expect(errors).toEqual([new Error('no answer')]);
  wakeUps.stop();
});
