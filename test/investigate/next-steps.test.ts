import { spawnSync } from 'node:child_process';
import { isFalcoEvent, readFalcoEvent } from '../../src/investigate/falco-event.ts';
import { nextSteps } from '../../src/investigate/next-steps.ts';

/** The commands for an event of a process on a node, outside every pod. */
function commandsFor(fields: Readonly<Record<string, string | number>>): (string | undefined)[] {
  const event = readFalcoEvent({ rule: 'x', output_fields: fields });
  if (!isFalcoEvent(event)) throw new Error(event.problem);
  const steps = nextSteps({
    gathered: {
      subject: { type: 'event', event },
      event,
      state: 'none',
      reference: undefined,
      pod: undefined,
      template: undefined,
      node: 'node-a',
      chain: [],
      others: [],
      othersOf: '',
      notes: [],
    },
    root: undefined,
    source: undefined,
    unknownAuthor: false,
    flags: '',
  });
  return steps.map(({ command }) => command);
}

test.each<[fields: Readonly<Record<string, string | number>>, commands: readonly string[]]>([
  [{ 'proc.name': 'nmap' }, ['pgrep -a -x nmap', 'last -F']],
  [{ 'proc.name': 'nmap', 'proc.pid': 7 }, ['cat /proc/7/cgroup /proc/7/status', 'last -F']],
  [{ 'proc.name': 'nmap', 'proc.pid': '7; reboot' }, ['pgrep -a -x nmap', 'last -F']],
  [{ 'proc.name': '.*' }, ["pgrep -a -x '\\.\\*'", 'last -F']],
  [{ 'proc.name': '-f' }, ["pgrep -a -x '[-]f'", 'last -F']],
  [{ 'proc.cmdline': 'nmap' }, ['last -F']],
])('%j', (fields, commands) => {
  expect(commandsFor(fields)).toEqual(commands);
});

test.each(['a.b', '.*', '-f', '^a$', 'a|b', '(x)', 'x{2}', 'a[b]', 'a\\b', "it's", 'g++', 'kworker/0:1', '$(id)'])(
  'a pattern of %s, read by a shell, matches just that name',
  (name) => {
    const command = commandsFor({ 'proc.name': name })[0] ?? '';
    expect(command).toMatch(/^pgrep -a -x /);
    // grep -E reads the same expressions; a name of another process stands beside it.
    const input = `${name}\n${name.replace(/\W/, 'z')}z\nxx\nab\n`;
    const { stdout } = spawnSync('sh', ['-c', command.replace('pgrep -a -x', 'grep -E -x')], { input });
    expect(stdout.toString()).toBe(`${name}\n`);
  },
);
