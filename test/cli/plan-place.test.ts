/* What `seawall remediate plan --plan FILE` replaces. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPlanPlace } from '../../src/cli/plan-place.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import type { JournalEvent } from '../../src/remediate/journal.ts';
import type { Plan } from '../../src/remediate/plan.ts';
import { planText } from '../../src/remediate/plan-file.ts';
import { runCommand } from '../support/command-io.ts';

const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'bare' };
const plan: Plan = {
  apiVersion: 'seawall.dev/v1alpha1',
  kind: 'RemediationPlan',
  id: 'earlier',
  createdAt: '2026-11-24T10:00:00Z',
  expiresAt: '2026-11-24T11:00:00Z',
  cluster: { context: 'context test', server: 'https://127.0.0.1:6443', user: 'admin' },
  policy: 'default',
  policySha256: 'b'.repeat(64),
  refused: [],
  targets: [
    {
      object,
      uid: '1',
      resourceVersion: '1',
      specSha256: '',
      chain: [],
      findings: [],
      step: 'evict',
      why: '',
      changes: [{ kind: 'evict', object, uid: '1', specSha256: '', what: 'evict', isBare: true }],
      notes: [],
      minHealthy: 0,
      healthy: 0,
    },
  ],
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-plan-'));
  file = join(folder, 'plan.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file that is not there, an empty one, a folder, a device and an older plan are no reason against it', async () => {
  await checkPlanPlace(file, '');
  writeFileSync(file, '');
  await checkPlanPlace(file, '');
  await checkPlanPlace(folder, '');
  await checkPlanPlace('/dev/null', '');
  writeFileSync(file, planText(plan));
  await checkPlanPlace(file, '');
});

test.each([
  ['# notes\n', 'it is no JSON: '],
  ['[]', 'an object is expected'],
  ['{"kind":"Deployment","apiVersion":"apps/v1"}', 'it is no RemediationPlan of seawall.dev/v1alpha1'],
  ['{"kind":"RemediationPlan","apiVersion":"seawall.dev/v1alpha1"}', 'cluster: an object is expected'],
])('a file with %j is kept, and the command ends with 2 before it connects', async (text, reason) => {
  writeFileSync(file, text);
  const { code, stdout, stderr } = await runCommand(['remediate', 'plan', 'pod/bare', '--plan', file]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`${file} is there and is no plan, which is all that is replaced (`);
  expect(stderr).toContain(reason);
  expect(stderr).toMatch(/\); name another file \(--plan\)\n$/);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('a file that is no text is kept', async () => {
  writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]));
  await expect(checkPlanPlace(file, '')).rejects.toThrow(`${file} is there and is no plan`);
});

/** Leaves the plan and its case, with a journal of these events of its one change. */
function leaveCase(...events: readonly JournalEvent[]): void {
  writeFileSync(file, planText(plan));
  const path = join(folder, 'seawall-case-earlier');
  mkdirSync(path);
  const record = { time: '2026-11-24T10:30:00.000Z', target: 0, change: 0 };
  writeFileSync(
    join(path, 'journal.jsonl'),
    events.map((event) => `${JSON.stringify({ ...record, event })}\n`).join(''),
  );
}

test.each<[readonly JournalEvent[]]>([
  [['started']],
  [['started', 'lost']],
  [['started', 'done']],
  [['started', 'done', 'stopped']],
  [['started', 'done', 'stopped', 'undo-started']],
])('a plan is kept whose case is open: %j', async (events) => {
  leaveCase(...events);
  const refused = checkPlanPlace(file, ' --context prod');
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(
    `${file} is a plan that is half applied: apply it again to go on, or take it back (seawall remediate undo --context prod ${join(folder, 'seawall-case-earlier')}); or name another file (--plan)`,
  );
});

test.each<[readonly JournalEvent[]]>([
  [[]],
  [['opened']],
  [['started', 'refused', 'stopped']],
  [['started', 'done', 'settled', 'finished']],
  [['started', 'done', 'stopped', 'undo-started', 'undone']],
])('a plan is replaced whose case has changed nothing, or is closed: %j', async (events) => {
  leaveCase(...events);
  await checkPlanPlace(file, '');
});
