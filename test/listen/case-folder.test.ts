import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CasesFull, openCaseFolder, outcomeFile } from '../../src/listen/case-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-cases-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const [one, two, three, four] = ['1', '2', '3', '4'].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
  string,
];

test('of cases that are opened at once no more are taken than there is room for', async () => {
  const cases = await openCaseFolder(folder, { maxCases: 2, onDrop: () => undefined });
  const made = await Promise.allSettled([one, two, three, four].map((id) => cases.open(id, '{}')));
  expect(made).toEqual([
    { status: 'fulfilled', value: true },
    { status: 'fulfilled', value: true },
    { status: 'rejected', reason: expect.any(CasesFull) as unknown },
    { status: 'rejected', reason: expect.any(CasesFull) as unknown },
  ]);
  expect([cases.count(), readdirSync(folder).toSorted()]).toEqual([2, [one, two]]);
});

test('an event that comes again while its case makes room for another opens none that would go with it', async () => {
  const dropped: string[] = [];
  const cases = await openCaseFolder(folder, { maxCases: 1, onDrop: (id) => dropped.push(id) });
  await cases.open(one, '{}');
  await cases.write(one, outcomeFile, '{}');
  expect(await Promise.all([cases.open(two, '{}'), cases.open(one, '{}')])).toEqual([true, false]);
  expect([cases.count(), dropped, readdirSync(folder)]).toEqual([1, [one], [two]]);
});

test('what a crash has left of a case goes at the next start; a folder of somebody else, by a name as ours, stays', async () => {
  const files = [
    [one, '.event.json.new'],
    [two, 'outcome.json'],
    [three, 'system.journal'],
  ] as const;
  for (const [id, file] of files) {
    mkdirSync(join(folder, id));
    writeFileSync(join(folder, id, file), '');
  }
  const cases = await openCaseFolder(folder, { maxCases: 9, onDrop: () => undefined });
  expect([cases.count(), readdirSync(folder)]).toEqual([0, [three]]);
});
