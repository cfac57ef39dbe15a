import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JournalEvent } from '../../src/remediate/journal.ts';
import { openJournal, readRecords, stateOf } from '../../src/remediate/journal.ts';
import { reappliable, redact } from '../../src/remediate/redact.ts';

const now = (): number => Date.UTC(2026, 0, 1);
const time = '2026-01-01T00:00:00.000Z';

describe('the journal', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seawall-journal-'));
    path = join(folder, 'journal.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is for its owner alone, and holds a line for each record', async () => {
    const journal = await openJournal(path, now);
    await journal.append({ event: 'started', target: 0, change: 1 });
    await journal.close();
    expect(readFileSync(path, 'utf8')).toBe(`{"time":"${time}","event":"started","target":0,"change":1}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a line that was cut counts as not written, and the next one is whole', async () => {
    writeFileSync(path, `{"time":"${time}","event":"opened"}\n{"time":"2026-01`);
    const journal = await openJournal(path, now);
    expect(journal.records.map(({ event }) => event)).toEqual(['opened']);
    await journal.append({ event: 'finished' });
    await journal.close();
    const events = readRecords(readFileSync(path, 'utf8'), path).map(({ event }) => event);
    expect(events).toEqual(['opened', 'finished']);
  });

  test('a second writer ends the first', async () => {
    const journal = await openJournal(path, now);
    appendFileSync(path, `{"time":"${time}","event":"opened"}\n`);
    await expect(journal.append({ event: 'started' })).rejects.toThrow(
      /another process works on this case; this one stops$/,
    );
    await journal.close();
  });

  test.each([
    ['nonsense\n', /journal\.jsonl:1: /],
    [`{"time":"${time}","event":"exploded"}\n`, /journal\.jsonl:1\.event: one of opened, /],
    [`{"time":"soon","event":"opened"}\n`, /journal\.jsonl:1\.time: a time/],
  ])('%j is refused with its place', (text, message) => {
    expect(() => readRecords(text, 'journal.jsonl')).toThrow(message);
  });

  test.each<[readonly JournalEvent[], string]>([
    [[], 'untouched'],
    [['started'], 'uncertain'],
    [['started', 'lost'], 'uncertain'],
    [['started', 'refused'], 'untouched'],
    [['started', 'lost', 'refused', 'started', 'done'], 'done'],
    [['started', 'done', 'stopped'], 'done'],
    [['started', 'done', 'undo-started'], 'undo-uncertain'],
    [['started', 'done', 'undo-started', 'undo-lost'], 'undo-uncertain'],
    [['started', 'done', 'undo-started', 'undo-refused'], 'done'],
    [['started', 'done', 'undo-started', 'undone'], 'undone'],
  ])('%j is %s', (events, state) => {
    const records = events.map((event) => ({ time, event, target: 1, change: 2 }));
    const others = events.map((event) => ({ time, event, target: 2, change: 1 }));
    expect(stateOf([...others, ...records], 1, 2).state).toBe(state);
  });
});

describe('what a case tells of an object', () => {
  const container = {
    name: 'app',
    env: [
      { name: 'A', value: 'secret' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    ],
  };
  const object = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: 'x',
      uid: 'u',
      resourceVersion: '1',
      managedFields: [],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"env":"secret"}', team: 'a' },
    },
    spec: { jobTemplate: { spec: { template: { spec: { containers: [container], initContainers: [container] } } } } },
    status: { active: 1 },
  };

  test('has no value of an environment variable, at any depth, and keeps references', () => {
    const text = JSON.stringify(redact(object));
    expect(text).not.toContain('secret"');
    expect(text).toContain('"secretKeyRef":{"name":"s","key":"k"}');
    expect(text.match(/REDACTED by seawall/g)).toHaveLength(3);
  });

  test('has no value of an HTTP header, of a probe or of a hook', () => {
    const http = { httpGet: { path: '/healthz', httpHeaders: [{ name: 'Authorization', value: 'Bearer secret' }] } };
    const clean = {
      httpGet: { path: '/healthz', httpHeaders: [{ name: 'Authorization', value: 'REDACTED by seawall' }] },
    };
    const containersOf = (action: typeof http) => [
      { name: 'a', livenessProbe: action, readinessProbe: action, lifecycle: { preStop: action } },
    ];
    expect(redact({ spec: { containers: containersOf(http) } })).toEqual({ spec: { containers: containersOf(clean) } });
  });

  test('can be applied again', () => {
    expect(reappliable(object)).toEqual({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'x', annotations: object.metadata.annotations },
      spec: object.spec,
    });
  });
});
