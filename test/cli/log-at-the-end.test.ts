import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { jsonLines } from '../support/json-lines.ts';

const src = join(import.meta.dirname, '..', '..', 'src');

/** Logs two lines as `serve` does, and then runs the last statement. */
const script = (last: string): string => `
  import { processIo } from ${JSON.stringify(join(src, 'cli', 'process-io.ts'))};
  import { asyncDestination, openLog } from ${JSON.stringify(join(src, 'telemetry', 'log.ts'))};
  const io = processIo(process);
  const log = openLog({ level: 'info', destination: asyncDestination(1, () => {}), now: io.now });
  io.onEnd(log.flushSync);
  log.info({}, 'at once');
  log.later(() => ({ action: 'deny' }), 'denied');
  ${last}
`;

test.each([
  ['an error that nobody caught', 'throw new Error("a bug");', 1],
  ['a process that exits in its middle', 'process.exit(4);', 4],
  ['the end of all work', '', 0],
])('%s loses no line of the log', (_what, last, code) => {
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script(last)], {
    encoding: 'utf8',
  });
  expect(status).toBe(code);
  expect(jsonLines(stdout)).toMatchObject([{ msg: 'at once' }, { action: 'deny', msg: 'denied' }]);
});
