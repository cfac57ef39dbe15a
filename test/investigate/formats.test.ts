import { parse } from 'yaml';
import { investigationFormats } from '../../src/investigate/format-names.ts';
import { formatInvestigations } from '../../src/investigate/formats.ts';
import type { Investigation } from '../../src/investigate/investigation.ts';

/** Obeyed by a terminal, by HTML, by Markdown, by a shell. */
const hostile = '\u001b[2J<script>alert(1)</script>`$(id)`\u202e\n## x | & "\'';
const owner = { apiVersion: 'v1', kind: hostile, namespace: hostile, name: hostile, uid: hostile };

const found: Investigation = {
  headline: hostile,
  alarm: 'critical',
  asked: hostile,
  cluster: hostile,
  takenAt: '2026-11-24T00:00:00.000Z',
  policy: hostile,
  state: 'running',
  object: owner,
  node: hostile,
  created: hostile,
  containers: [
    {
      name: hostile,
      type: 'container',
      image: hostile,
      digest: hostile,
      command: [hostile, 'x'.repeat(1024 * 1024)],
      state: 'running',
      started: hostile,
      ended: '',
      detail: hostile,
      restarts: 1,
      id: hostile,
    },
  ],
  tools: [{ name: hostile, class: hostile, seen: 'event', container: hostile, detail: hostile }],
  declared: [],
  exposure: {
    hostNamespaces: [hostile],
    hostAccess: [hostile],
    containers: [
      {
        name: hostile,
        privileged: false,
        capabilities: [hostile],
        beyondDefault: [hostile],
        netRaw: true,
        nonRoot: true,
      },
    ],
    hostPaths: [{ path: hostile, mounts: [{ container: hostile, at: hostile, readOnly: true }] }],
    serviceAccount: hostile,
    token: true,
  },
  verdict: {
    refused: true,
    findings: [{ rule: hostile, action: 'deny', severity: 'high', message: hostile, remedy: hostile }],
    exempted: [],
  },
  entry: [{ reason: hostile, confidence: 'likely' }],
  owners: [{ reference: owner, state: 'gone' }],
  sources: [],
  images: [{ image: hostile, digest: hostile, where: [{ owner, pods: 2 }], more: 1, pods: 3 }],
  others: { pods: [], total: 3, of: hostile },
  events: [{ object: owner, time: hostile, type: hostile, reason: hostile, message: hostile, count: 2 }],
  did: {
    answer: hostile,
    deeds: [],
    managers: [{ manager: hostile, operation: hostile, time: hostile, wroteSpec: true, object: hostile }],
  },
  next: [{ why: hostile, command: `kubectl get pod ${'y'.repeat(3_000)}`, changes: false }],
  unseen: [{ what: hostile, reason: hostile, unknown: hostile }],
  notes: [hostile],
};

describe.each(investigationFormats)('%s', (format) => {
  test.each([[[found]], [[found, found]], [[]]])('hostile names do nothing', async (all) => {
    const text = await formatInvestigations(all, format, { colour: false });
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    if (format === 'html') expect(text).not.toMatch(/<script|<img| on\w+=/);
    if (format === 'markdown') expect(text).not.toMatch(/^## x/m);
    if (format === 'json')
      expect(all.length === 1 ? [JSON.parse(text)] : (JSON.parse(text) as { items: unknown[] }).items).toMatchObject(
        all,
      );
    if (format === 'yaml')
      expect(all.length === 1 ? [parse(text)] : (parse(text) as { items: unknown[] }).items).toMatchObject(all);
  });

  test('half of a surrogate pair leaves a text that every parser reads', async () => {
    const text = await formatInvestigations([{ ...found, headline: 'half \ud83d' }], format, { colour: false });
    if (format === 'json' || format === 'yaml') expect(text).not.toMatch(/\\ud83d/i);
    expect(text.isWellFormed()).toBe(true);
  });

  test('a command is told whole, a command line of a megabyte is not', async () => {
    const text = await formatInvestigations([found], format, { colour: true });
    expect(text).toContain('y'.repeat(500));
    expect(text.match(/y/g)?.length ?? 0).toBeGreaterThanOrEqual(3_000);
    if (format !== 'json' && format !== 'yaml') expect(text.length).toBeLessThan(60_000);
  });
});
