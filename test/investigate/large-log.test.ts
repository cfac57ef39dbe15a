import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('the memory for an audit log does not grow with it: 200 MB are read in a heap of 40 MB', () => {
  const child = join(import.meta.dirname, 'large-log-child.ts');
  const read = spawnSync(process.execPath, ['--max-old-space-size=40', child, '200'], { encoding: 'utf8' });
  expect([read.status, read.stderr]).toEqual([0, '']);
  const { megabytes, ...told } = JSON.parse(read.stdout) as { readonly megabytes: number };
  expect(told).toEqual({ isWhole: true, entries: true });
  // Node itself has 60 of them; the log read whole would need its 200 and more.
  expect(megabytes).toBeLessThan(200);
}, 120_000);
