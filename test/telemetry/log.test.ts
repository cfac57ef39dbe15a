import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncDestination, describeError, openLog } from '../../src/telemetry/log.ts';

const now = (): number => Date.UTC(2026, 10, 24);

test('what was logged is in the file after flush', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seawall-'));
  const file = join(folder, 'log');
  const log = openLog({ level: 'info', destination: asyncDestination(openSync(file, 'w'), fail), now });
  log.debug({}, 'not this');
  for (let index = 0; index < 1_000; index += 1) log.info({ index }, 'line');
  log.error({ name: '\u001b[31m\n\ud800' }, 'last');
  await log.flush();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(1_001);
  expect(lines[0]).toBe('{"level":"info","time":"2026-11-24T00:00:00.000Z","index":0,"msg":"line"}');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ level: 'error', name: '\u001b[31m\n\ud800' });
  rmSync(folder, { recursive: true });
});

function fail(): void {
  throw new Error('a line was dropped');
}

describe('an error is told by fields that were chosen', () => {
  test('none of them is its own', () => {
    const error = Object.assign(new Error('x'.repeat(1_000), { cause: new Error('below') }), {
      code: 'EX',
      secret: 'hunter2',
    });
    const told = describeError(error);
    expect(Object.keys(told)).toEqual(['name', 'code', 'message', 'stack', 'cause']);
    expect(told).toMatchObject({ name: 'Error', code: 'EX', message: 'x'.repeat(500), cause: 'below' });
    expect(JSON.stringify(told).length).toBeLessThan(4_000);
  });

  test.each([undefined, null, 'a string', { secret: 'hunter2' }])('%j', (thrown) => {
    expect(describeError(thrown)).toEqual({ name: 'unknown', message: 'something that is not an error was thrown' });
  });
});
