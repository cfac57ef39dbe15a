import { warnOfEnd } from '../../src/certificates/expiry-warning.ts';
import { keptLog } from '../admission/webhook-under-test.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 24);

test.each<[string, number, unknown[]]>([
  ['in 15 days', 15 * dayMs, []],
  ['in a little more than 14 days', 14 * dayMs + 1, []],
  ['in 14 days', 14 * dayMs, [['warn', 'certificate ends soon, and nobody has renewed it', 14]]],
  ['in an hour', dayMs / 24, [['warn', 'certificate ends soon, and nobody has renewed it', 0]]],
  ['now', 0, [['warn', 'certificate has ended', 0]]],
])('a certificate that ends %s', (_name, leftMs, lines) => {
  const kept = keptLog();
  warnOfEnd(kept.log, 'serving certificate', nowMs + leftMs, nowMs);
  expect(kept.lines().map(({ level, msg, days_left: days }) => [level, msg, days])).toEqual(lines);
});
