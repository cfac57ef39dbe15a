import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const log = join(import.meta.dirname, '..', '..', 'src', 'telemetry', 'log.ts');

/** Logs once it is told to, and ends as `serve` does. */
const script = `
  import { once } from 'node:events';
  import { asyncDestination, openLog } from ${JSON.stringify(log)};
  let dropped = 0;
  const destination = asyncDestination(1, (lines) => (dropped += lines));
  const log = openLog({ level: 'info', destination, now: Date.now });
  await once(process.stdin, 'data');
  for (let index = 0; index < 100; index += 1) {
    log.later(() => ({ index }), 'denied');
    log.info({ filler: 'x'.repeat(100) }, 'line');
  }
  await log.flush();
  log.warn({}, 'stopped');
  await log.flush();
  process.stderr.write(dropped > 0 ? 'told' : 'not told');
  process.exit(0);
`;

test('a process whose log nobody reads any more goes on, tells of it, and ends', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  child.stdout.destroy();
  child.stdin.end('now');
  const [code] = (await once(child, 'close')) as [number];
  expect([code, told]).toEqual([0, 'told']);
});
