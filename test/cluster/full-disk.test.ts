// Needs the node level, for the right to mount a small disk. What `seawall listen` keeps where the disk is full.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeLevel } from './harness/levels.ts';

describeLevel('node', 'a full disk', () => {
  test('the oldest cases make room for each file of a new one, and none is left half written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'seawall-full-'));
    const child = join(import.meta.dirname, 'full-disk-cases.ts');
    // The mount goes with the process.
    const script = 'mount -t tmpfs -o size=200k cases "$1" && exec "$2" "$3" "$1" 40';
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', script, 'sh', folder, process.execPath, child],
      { encoding: 'utf8' },
    );
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    const { failed, halves, kept, dropped, oldest } = JSON.parse(stdout) as Record<string, unknown>;
    expect({ failed, halves, oldest }).toEqual({ failed: [], halves: [], oldest: '0'.repeat(32) });
    expect(Number(dropped)).toBeGreaterThan(20);
    expect(Number(kept) + Number(dropped)).toBe(40);
  });
});
