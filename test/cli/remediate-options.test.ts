import { runCommand } from '../support/command-io.ts';

test.each([
  ['apply', '--timeout <duration>', '(default: 5m)'],
  ['verify', '--watch <duration>', '(default: 30s)'],
])('the help of remediate %s tells the default of %s as a duration', async (command, option, value) => {
  const { code, stdout } = await runCommand(['remediate', command, '--help']);
  expect(code).toBe(0);
  const [, told = ''] = stdout.replaceAll(/\s+/g, ' ').split(`${option} `);
  expect(told.slice(0, told.indexOf(')') + 1)).toContain(value);
});
