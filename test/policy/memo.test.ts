import { Memo } from '../../src/policy/memo.ts';

test('a remembered answer is not computed again', () => {
  const asked: string[] = [];
  const memo = new Memo<number>();
  const length = (key: string): number => {
    asked.push(key);
    return key.length;
  };
  expect(['a', 'bb', 'a', '__proto__'].map((key) => memo.get(key, length))).toEqual([1, 2, 1, 9]);
  expect(asked).toEqual(['a', 'bb', '__proto__']);
});

test('a flood of new keys is bounded, and keeps what is asked for between', () => {
  const asked = new Map<string, number>();
  const memo = new Memo<undefined>();
  const count = (key: string): undefined => void asked.set(key, (asked.get(key) ?? 0) + 1);
  for (let number = 0; number < 20_000; number += 1) {
    memo.get(`flood ${number}`, count);
    if (number % 500 === 0) memo.get('wanted', count);
  }
  expect(asked.get('wanted')).toBe(1);
  memo.get('flood 0', count);
  expect(asked.get('flood 0')).toBe(2);
});

test('a long key is computed each time', () => {
  const memo = new Memo<number>();
  let count = 0;
  const next = (): number => (count += 1);
  expect([memo.get('x'.repeat(3_000), next), memo.get('x'.repeat(3_000), next)]).toEqual([1, 2]);
});
