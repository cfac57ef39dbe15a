/* Run by full-disk.test.ts where a small disk is mounted: opens so many cases there, one after the other, each to its outcome. */
import { readdirSync } from 'node:fs';
import { openCaseFolder, outcomeFile } from '../../src/listen/case-folder.ts';

const [folder = '', count = ''] = process.argv.slice(2);
const dropped: string[] = [];
const failed: string[] = [];
const cases = await openCaseFolder(folder, { maxCases: 1_000, onDrop: (id) => dropped.push(id) });
for (let index = 0; index < Number(count); index += 1) {
  const id = String(index).padStart(32, '0');
  try {
    await cases.open(id, 'x'.repeat(4_000));
    await cases.write(id, 'investigation.json', 'y'.repeat(20_000));
    await cases.write(id, outcomeFile, '{}');
  } catch (error) {
    failed.push(`${id}: ${String(error)}`);
  }
}
const halves = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.new'));
process.stdout.write(
  JSON.stringify({ failed, halves, kept: cases.count(), dropped: dropped.length, oldest: dropped[0] }),
);
