/* What ends before a cluster is asked; what one answers: test/cluster/investigate.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/command-io.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'investigate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const tooLarge = Buffer.alloc(64 * 1024 * 1024 + 1, '\n');

test('an event file larger than is read', async () => {
  const file = join(folder, 'falco events.log');
  writeFileSync(file, tooLarge);
  const { code, stdout, stderr } = await runCommand(['investigate', '--event', file]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(
    `${file}: it is larger than 64 MiB; give its last lines: tail -n 20 '${file}' | seawall investigate --event -\n`,
  );
});

test('more on standard input than is read', async () => {
  const { code, stderr } = await runCommand(['investigate', '--event', '-'], { stdin: tooLarge });
  expect(code).toBe(1);
  expect(stderr).toContain(
    '<stdin>: it is larger than 64 MiB; give its last lines: tail -n 20 | seawall investigate --event -\n',
  );
});

test('an event file that is not there, and one without an event', async () => {
  const missing = await runCommand(['investigate', '--event', join(folder, 'none')]);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('none: the events cannot be read: ')]);
  const empty = await runCommand(['investigate', '--event', '-'], { stdin: '\n' });
  expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining('<stdin>: it has no event of Falco; ')]);
});
