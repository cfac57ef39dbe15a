import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncDestination, describeError, openLog } from '../../src/telemetry/log.ts';
import { jsonLines } from '../support/json-lines.ts';

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

describe('a line that is made later', () => {
  const opened = (level: 'info' | 'warn' = 'info') => {
    const texts: string[] = [];
    let ms = 0;
    const destination = { write: (line: string) => void texts.push(line), flush: () => Promise.resolve() };
    return {
      log: openLog({ level, destination, now: () => ms }),
      at: (atMs: number) => (ms = atMs),
      told: () => jsonLines(texts.join('')) as { time: string; msg: string; error?: object }[],
    };
  };

  test('stands before those that were logged after it, with the time at which it was', () => {
    const { log, at, told } = opened();
    log.later(() => ({}), 'first');
    at(1_000);
    expect(told()).toEqual([]);
    log.warn({}, 'second');
    expect(told()).toMatchObject([
      { time: '1970-01-01T00:00:00.000Z', msg: 'first' },
      { time: '1970-01-01T00:00:01.000Z', msg: 'second' },
    ]);
  });

  test('is there after a moment, and after a flush', async () => {
    const { log, told } = opened();
    log.later(() => ({}), 'in a moment');
    while (told().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    log.later(() => ({}), 'flushed');
    await log.flush();
    expect(told()).toMatchObject([{ msg: 'in a moment' }, { msg: 'flushed' }]);
  });

  test('does not wait for more than 64 others', () => {
    const { log, told } = opened();
    for (let index = 0; index < 100; index += 1) log.later(() => ({ index }), 'line');
    expect(told().length).toBe(64);
  });

  test('is not made where the level leaves it out', async () => {
    const { log, told } = opened('warn');
    log.later(fail, 'line');
    await log.flush();
    expect(told()).toEqual([]);
  });

  test('that cannot be made is told, and takes no other with it', async () => {
    const { log, told } = opened();
    log.later(() => {
      throw new Error('no');
    }, 'bad');
    log.later(() => ({}), 'good');
    await log.flush();
    expect(told()).toMatchObject([
      { msg: 'a log line could not be made', line: 'bad', error: { message: 'no' } },
      { msg: 'good' },
    ]);
  });
});

function fail(): never {
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
