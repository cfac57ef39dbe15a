/* What only a process of its own can show: pipes that close, and the two streams kept apart. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-pipe-'));
  // More than the 64 KiB that a pipe holds, in every format but Markdown.
  const pods = Array.from({ length: 1500 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}` },
    spec: { hostNetwork: true, containers: [] },
  }));
  writeFileSync(join(folder, 'pods.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
  writeFileSync(join(folder, 'broken.yaml'), 'kind: [Pod\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `seawall FLAGS | READER`; the code is that of seawall. */
function piped(flags: string, reader: string): { code: number | null; stdout: string; stderr: string } {
  const script = `"$NODE" "$MAIN" ${flags} | ${reader}; exit "\${PIPESTATUS[0]}"`;
  const env = { ...process.env, NODE: process.execPath, MAIN: main };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: folder, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

test.each(['table', 'json', 'csv', 'html'])('-o %s to a reader that has enough ends quietly with 0', (format) => {
  const { code, stdout, stderr } = piped(`check -o ${format} pods.json`, 'head -c 5');
  expect([code, stdout.length, stderr]).toEqual([0, 5, '']);
});

test('what standard output holds is parsed while errors and notes go elsewhere', () => {
  const read = '"$NODE" -e \'process.stdout.write(JSON.parse(require("fs").readFileSync(0, "utf8")).kind)\'';
  const { code, stdout, stderr } = piped('check -o json pods.json broken.yaml', read);
  expect([code, stdout]).toEqual([3, 'Report']);
  expect(stderr).toMatch(/^broken\.yaml:\d+:\d+: error: /);
});

test('a full disk is a failure that is told, in one line', () => {
  const { code, stdout, stderr } = piped('policy schema >/dev/full', 'cat');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^seawall: standard output cannot be written: ENOSPC.*\n$/);
});

test('standard error may close too', () => {
  const { code, stdout } = piped('check -o json broken.yaml pods.json 2>&1 >/dev/null', ':');
  expect([code, stdout]).toEqual([3, '']);
});
