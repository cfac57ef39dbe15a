import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../../src/cli/replace-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replace-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

test('a new file has the mode that is asked for, and nothing else is left beside it', async () => {
  const file = join(folder, 'page.html');
  await replaceFile(file, ['a', 'b'], 0o600);
  expect([modeOf(file), readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['600', 'ab', ['page.html']]);
});

test('an old one keeps its own, also behind a link', async () => {
  const file = join(folder, 'page.html');
  const link = join(folder, 'link');
  writeFileSync(file, 'old');
  chmodSync(file, 0o640);
  symlinkSync(file, link);
  await replaceFile(link, ['new'], 0o600);
  expect([modeOf(file), readFileSync(file, 'utf8'), readFileSync(link, 'utf8')]).toEqual(['640', 'new', 'new']);
});
