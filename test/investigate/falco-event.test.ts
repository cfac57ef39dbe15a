import type { FalcoEvent } from '../../src/investigate/falco-event.ts';
import { isFalcoEvent, isOfHost, readFalcoEvent } from '../../src/investigate/falco-event.ts';
import { readFalcoEvents } from '../../src/investigate/falco-events.ts';
import { fromFalco, fromFalcosidekick, ofAudit, ofHost } from './falco-samples.ts';

function read(value: unknown): FalcoEvent {
  const event = readFalcoEvent(value);
  if (!isFalcoEvent(event)) throw new Error(event.problem);
  return event;
}

test('an event of Falco’s http_output is read', () => {
  const { fingerprint, ...event } = read(fromFalco);
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(event).toEqual({
    rule: 'Launch Suspicious Network Tool on Host',
    priority: 'Notice',
    timeMs: Date.UTC(2025, 10, 24, 10, 21, 33, 123),
    output: fromFalco.output,
    hostname: 'node-a',
    pod: { namespace: 'shop', name: 'scanner-7d9c5b6f4-x2x4z', uid: '' },
    container: { id: '3ad7b26ded6d', name: 'shell', image: 'docker.io/nicolaka/netshoot:v0.13', digest: '' },
    process: {
      name: 'nmap',
      commandLine: 'nmap -sS 10.0.0.0/24',
      path: '/usr/bin/nmap',
      pid: '4711',
      parents: ['bash', 'containerd-shim'],
    },
    user: { name: 'root', login: '' },
    apiUser: '',
    hasFields: true,
  });
  expect(isOfHost(read(fromFalco))).toBe(false);
});

test('the same event has one fingerprint, whoever passes it on', () => {
  expect(read(fromFalcosidekick)).toEqual(read(fromFalco));
  expect(read({ ...fromFalcosidekick, uuid: 'another' }).fingerprint).toBe(read(fromFalco).fingerprint);
});

const changes: readonly { name: string; event: unknown }[] = [
  { name: 'another nanosecond', event: { ...fromFalco, time: '2025-11-24T10:21:33.123456781Z' } },
  { name: 'another rule', event: { ...fromFalco, rule: 'Launch Suspicious Network Tool in Container' } },
  { name: 'another node', event: withFields({ 'evt.hostname': 'node-b' }) },
  { name: 'another process', event: withFields({ 'proc.pid': 4712 }) },
  { name: 'another pod', event: withFields({ 'k8s.pod.name': 'other' }) },
  { name: 'words past the bound', event: withFields({ 'proc.cmdline': `${'x'.repeat(5_000)}a` }) },
  { name: 'other words past the bound', event: withFields({ 'proc.cmdline': `${'x'.repeat(5_000)}b` }) },
  { name: 'another whole second', event: { ...fromFalco, time: '2025-11-24T10:21:00Z' } },
  { name: 'a second with zeros before its point', event: { ...fromFalco, time: '2025-11-24T10:21:30Z' } },
];

function withFields(fields: object): unknown {
  return { ...fromFalco, output_fields: { ...fromFalco.output_fields, ...fields } };
}

test('what tells two events apart gives them fingerprints of their own', () => {
  const prints = [fromFalco, ...changes.map(({ event }) => event)].map((event) => read(event).fingerprint);
  expect(new Set(prints).size).toBe(prints.length);
});

test('a process of the host has no pod, and tells its parents and who logged in', () => {
  const event = read(ofHost);
  expect(isOfHost(event)).toBe(true);
  expect(event.pod).toEqual({ namespace: '', name: '', uid: '' });
  expect(event.hostname).toBe('node-a');
  expect(event.process.parents).toEqual(['bash', 'sshd', 'sshd']);
  expect(event.user).toEqual({ name: 'root', login: 'jane' });
});

test('an event of the API server’s audit log tells its pod and its user', () => {
  const event = read(ofAudit);
  expect(event.pod).toEqual({ namespace: 'shop', name: 'scanner', uid: '' });
  expect(event.apiUser).toBe('jane');
});

const hostile: readonly { name: string; value: unknown; problem?: string }[] = [
  { name: 'null', value: null, problem: 'it is no JSON object' },
  { name: 'a list', value: [], problem: 'it is no JSON object' },
  { name: 'a number', value: 7, problem: 'it is no JSON object' },
  { name: 'no rule', value: { output: 'x' }, problem: 'it names no rule' },
  { name: 'a rule of another type', value: { rule: ['x'] }, problem: 'it names no rule' },
  { name: 'nothing but a rule', value: { rule: 'x' } },
  { name: 'fields of another type', value: { rule: 'x', output_fields: ['a'], time: 7, tags: 'x', priority: {} } },
  {
    name: 'every field null',
    value: {
      rule: 'x',
      output_fields: Object.fromEntries(Object.keys(fromFalco.output_fields).map((key) => [key, null])),
    },
  },
  {
    name: 'every field an object',
    value: {
      rule: 'x',
      output_fields: Object.fromEntries(Object.keys(fromFalco.output_fields).map((key) => [key, {}])),
    },
  },
  {
    name: 'keys of the prototype',
    value: JSON.parse(
      '{"rule":"x","__proto__":{"time":"2025-01-01T00:00:00Z"},"output_fields":{"__proto__":{"k8s.pod.name":"polluted"},"constructor":{"x":1}}}',
    ),
  },
];

test.each(hostile)('hostile: $name', ({ value, problem }) => {
  const event = readFalcoEvent(value);
  if (problem !== undefined) {
    expect(event).toEqual({ problem });
    return;
  }
  if (!isFalcoEvent(event)) throw new Error(event.problem);
  expect(event.pod).toEqual({ namespace: '', name: '', uid: '' });
  expect(event.timeMs).toBeUndefined();
  expect(isOfHost(event)).toBe(true);
});

test('a command line of a megabyte is cut, and says how long it was', () => {
  const event = read(withFields({ 'proc.cmdline': `nmap ${'a'.repeat(1024 * 1024)}` }));
  expect(event.process.commandLine).toHaveLength(4_096 + '… (1048581 characters)'.length);
  expect(event.process.commandLine).toMatch(/^nmap a+… \(1048581 characters\)$/);
});

test.each([
  ['no time', 'yesterday'],
  ['what Go writes for no time', '0001-01-01T00:00:00Z'],
  ['a time of no zone, which is not that of this machine', '2025-11-24T10:21:33'],
])('a time is read from evt.time where the event has %s', (_, time) => {
  expect(read({ ...fromFalco, time }).timeMs).toBe(Date.UTC(2025, 10, 24, 10, 21, 33, 123));
});

const texts: readonly { name: string; text: string; rules: number; repeated?: number; problems?: string[] }[] = [
  { name: 'one event', text: JSON.stringify(fromFalco), rules: 1 },
  { name: 'one event over many lines', text: JSON.stringify(fromFalco, undefined, 2), rules: 1 },
  { name: 'a list', text: JSON.stringify([fromFalco, ofHost]), rules: 2 },
  { name: 'lines', text: `${JSON.stringify(fromFalco)}\n${JSON.stringify(ofHost)}\n`, rules: 2 },
  {
    name: 'lines that end in CR LF',
    text: `${JSON.stringify(fromFalco)}\r\n\r\n${JSON.stringify(ofHost)}\r\n`,
    rules: 2,
  },
  {
    name: 'one event twice',
    text: `${JSON.stringify(fromFalco)}\n${JSON.stringify(fromFalcosidekick)}\n`,
    rules: 1,
    repeated: 1,
  },
  {
    name: 'Falco’s own words between',
    text: `Falco version: 0.42.0\n${JSON.stringify(fromFalco)}\n{"rule":\n7\n`,
    rules: 1,
    problems: ['1: it is no JSON', '3: it is no JSON', '4: it is no JSON object'],
  },
  { name: 'nothing', text: '', rules: 0 },
  { name: 'a document that is none', text: '{"kind":"Event"}', rules: 0, problems: ['1: it names no rule'] },
];

test.each(texts)('a text of $name', ({ text, rules, repeated = 0, problems = [] }) => {
  const found = readFalcoEvents(text);
  expect(found.events).toHaveLength(rules);
  expect(found.repeated).toBe(repeated);
  expect(found.unread).toBe(problems.length);
  expect(found.problems.map(({ line, problem }) => `${line}: ${problem}`)).toEqual(problems);
});
