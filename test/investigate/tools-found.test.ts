import { isFalcoEvent, readFalcoEvent } from '../../src/investigate/falco-event.ts';
import { toolsFound } from '../../src/investigate/tools-found.ts';
import { parsePolicy } from '../../src/policy/policy.ts';
import { policyOf } from '../policy/policy-builders.ts';

const policy = parsePolicy(policyOf({}));

function toolsOf(fields: Readonly<Record<string, string>>): string[] {
  const event = readFalcoEvent({ rule: 'x', output_fields: fields });
  if (!isFalcoEvent(event)) throw new Error(event.problem);
  return toolsFound(event, [], '', policy).map(({ name, class: named }) => `${name} (${named})`);
}

test.each([
  [{ 'proc.name': 'nmap', 'proc.cmdline': 'nmap -sS 10.0.0.0/24' }, 'nmap (scanner)'],
  [{ 'proc.name': 'bash', 'proc.cmdline': 'bash -c nmap' }, 'nmap (scanner)'],
  [{ 'proc.name': 'psql', 'proc.cmdline': 'psql --password=hunter2' }, 'psql ()'],
  [{ 'proc.cmdline': '/usr/bin/mysql -phunter2' }, 'mysql ()'],
  [{ 'proc.cmdline': '  PGPASSWORD=hunter2 psql' }, 'PGPASSWORD ()'],
  [{ 'proc.cmdline': '=hunter2' }, 'a process ()'],
  [{ 'proc.cmdline': '/' }, 'a process ()'],
  [{ 'proc.exe': '/opt/db/mysql\u0000-phunter2' }, 'mysql ()'],
  [{ 'proc.exe': 'backup: user hunter2/x' }, 'backup: ()'],
  [{ 'proc.exepath': '/usr/bin/cat', 'proc.cmdline': 'cat hunter2' }, 'cat ()'],
])('%j is told as %s, and no word of its arguments', (fields, told) => {
  expect(toolsOf(fields)).toEqual([told]);
});

test('an event without a process names no tool', () => {
  expect(toolsOf({ 'k8s.pod.name': 'web' })).toEqual([]);
});
