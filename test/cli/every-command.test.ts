import { runCommand } from '../support/command-io.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLines, commandOf } from './command-lines.ts';
import { everyCommand } from './commands.ts';

const commands = everyCommand().map(({ words }) => words);

test('every command is found', () => {
  expect(commands).toEqual(
    expect.arrayContaining(['check', 'investigate', 'investigate rbac', 'policy show', 'serve']),
  );
  expect(commands).not.toContain('policy');
});

test.each(commands)(
  'seawall %s: --help is 0 on standard output, a flag that is none is 2 on standard error',
  async (words) => {
    const help = await runCommand([...words.split(' '), '--help']);
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain(`Usage: seawall ${words} `);
    // Each default is told once.
    expect(help.stdout).not.toMatch(/\(default: [^)]*\)\s+\(default:/);
    const wrong = await runCommand([...words.split(' '), '--no-such-flag']);
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toMatch(/^error: .*\n\(try --help\)\n$/);
  },
);

test('the page of exit codes has each command, and every code that a line has', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'exit-codes.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const cells = new Map(
    rows
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .map(([, name = '', three, four]) => [name.slice(1, -1), [three, four]] as const),
  );
  expect([...cells.keys()]).toEqual(commands);
  const empty = commandLines.filter((line) => line[0] > 2 && !cells.get(commandOf(line))?.[line[0] - 3]);
  expect(empty).toEqual([]);
});
