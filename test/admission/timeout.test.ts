import { deadlineReader, parseDurationMs } from '../../src/admission/timeout.ts';

test.each([
  ['5s', 5_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1.5s', 1_500],
  ['100us', 0.1],
  ['100\u00b5s', 0.1],
  ['2h', 7_200_000],
  ['', undefined],
  ['5', undefined],
  ['-5s', undefined],
  ['0s', undefined],
  ['5 s', undefined],
  ['5x', undefined],
  ['s', undefined],
  ['9'.repeat(400) + 's', undefined],
])('%s is %d ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each([
  ['', 9_000],
  ['timeout=5s', 4_500],
  ['a=b&timeout=1s', 900],
  ['timeout=1h', 27_000],
  ['timeout=soon', 9_000],
])('a request with the query "%s" has %d ms', (query, ms) => {
  expect(deadlineReader()(query)).toBe(ms);
});
