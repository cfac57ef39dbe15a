import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Does `work` while no other process that names the same lock file does its own. The kernel holds the lock for a
 * `flock` child that lives as long as its input is open: a crash of this process frees it, and nothing stale remains.
 * Where the machine has no flock (macOS), the work is done without: it is then done twice at worst.
 */
export async function exclusively<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lockFile), { recursive: true });
  const holder = spawn('flock', ['--exclusive', lockFile, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    holder.on('error', () => resolve());
    holder.on('close', () => resolve());
  });
  await Promise.race([once(holder.stdout, 'data'), ended]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
