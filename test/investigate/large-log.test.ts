import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('the memory for an audit log does not grow with it: of 400 MB next to nothing is kept', () => {
  const child = join(import.meta.dirname, 'large-log-child.ts');
  const node = ['--expose-gc', '--max-old-space-size=40', child, '400'];
  const read = spawnSync(process.execPath, node, { encoding: 'utf8' });
  expect([read.status, read.stderr]).toEqual([0, '']);
  const { keptMegabytes, ...told } = JSON.parse(read.stdout) as { readonly keptMegabytes: number };
  expect(told).toEqual({ isWhole: true, entries: true });
  // Node and Seawall hold 15 to 20 themselves; the log kept anywhere would need its 400.
  expect(keptMegabytes).toBeGreaterThan(5);
  expect(keptMegabytes).toBeLessThan(60);
}, 120_000);
