import {
  mkdirSync,
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
import { parse } from 'yaml';
import { reportFormats } from '../../src/report/format-names.ts';
import { runCommand } from '../support/command-io.ts';

let folder: string;
let pod: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-formats-'));
  pod = join(folder, 'pod.json');
  const spec = { hostNetwork: true, containers: [{ name: 'app', image: 'nicolaka/netshoot' }] };
  writeFileSync(pod, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'agent' }, spec }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const begins = {
  table: /^Pod default\/agent\n/,
  json: /^\{\n {2}"apiVersion": "seawall\.dev\/v1alpha1"/,
  yaml: /^apiVersion: seawall\.dev\/v1alpha1\n/,
  sarif: /^\{"\$schema":"https:\/\/json\.schemastore\.org\/sarif-2\.1\.0\.json"/,
  junit: /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites /,
  html: /^<!doctype html>\n/,
  csv: /^rule,severity,action,/,
  markdown: /^## 1 workload can sniff the host network, and 1 workload can run a network tool\n/,
  policyreport: /^\{\n {2}"apiVersion": "v1",\n {2}"kind": "List"/,
} as const;

test.each(reportFormats)('-o %s is one document on standard output, with the same exit code', async (format) => {
  const { code, stdout, stderr } = await runCommand(['check', '-o', format, pod], { tty: true });
  expect([code, stderr]).toEqual([3, '']);
  // The table alone is coloured.
  expect(stdout.replace(/\u001b\[\d+m/g, '')).toMatch(begins[format]);
  if (format !== 'table') expect(stdout).not.toContain('\u001b');
  expect(stdout.endsWith('\n')).toBe(true);
  const again = await runCommand(['check', '-o', format, pod], { tty: true });
  expect(again.stdout).toBe(stdout);
});

test.each(['json', 'sarif', 'policyreport'] as const)('-o %s is parsed as JSON, and so as YAML', async (format) => {
  const { stdout } = await runCommand(['check', '-o', format, pod]);
  expect(parse(stdout)).toEqual(JSON.parse(stdout));
});

test('several files at once, each whole, beside what is printed', async () => {
  const flags = reportFormats.flatMap((format) => ['--out', `${format}=${join(folder, format)}`]);
  const { code, stdout } = await runCommand(['check', ...flags, pod]);
  expect(code).toBe(3);
  for (const format of reportFormats) {
    const printed = await runCommand(['check', '-o', format, pod]);
    expect(readFileSync(join(folder, format), 'utf8')).toBe(printed.stdout);
  }
  expect(stdout).toBe(readFileSync(join(folder, 'table'), 'utf8'));
  expect(readdirSync(folder).toSorted()).toEqual([...reportFormats, 'pod.json'].toSorted());
});

test('a file is replaced behind its link and keeps its mode; a device is written to', async () => {
  const path = join(folder, 'old.json');
  writeFileSync(path, 'old', { mode: 0o600 });
  symlinkSync(path, join(folder, 'link.json'));
  await runCommand(['check', '--out', `json=${join(folder, 'link.json')}`, '--out', 'csv=/dev/null', pod]);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ kind: 'Report' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a file that cannot be written is named, and keeps neither the others nor the table back', async () => {
  mkdirSync(join(folder, 'taken'));
  const nowhere = join(folder, 'no', 'a.sarif');
  const outs = [`sarif=${nowhere}`, `html=${join(folder, 'taken')}`, `csv=${join(folder, 'a.csv')}`];
  const { code, stdout, stderr } = await runCommand(['check', ...outs.flatMap((out) => ['--out', out]), pod]);
  expect(code).toBe(1);
  expect(stdout).toMatch(begins.table);
  expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toMatch(begins.csv);
  const lines = stderr.split('\n');
  expect(lines[0]).toContain(`seawall: ${nowhere}: the sarif report cannot be written: ENOENT`);
  expect(lines[1]).toBe(`${join(folder, 'taken')}: the html report cannot be written: it is a directory`);
});

test.each([
  ['sarif', 'give a format and a file, as in sarif=seawall.sarif.'],
  ['sarif=', 'give a format and a file, as in sarif=seawall.sarif.'],
  ['=a', 'give a format and a file, as in sarif=seawall.sarif.'],
  ['xml=a', 'the formats are table, json, yaml, sarif, junit, html, csv, markdown, policyreport.'],
  ['json=-', 'for standard output give -o json.'],
])('--out %s is a usage error', async (value, message) => {
  const { code, stdout, stderr } = await runCommand(['check', '--out', value, pod]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('a file that is named twice is a usage error', async () => {
  const { code, stderr } = await runCommand(['check', '--out', 'json=a', '--out', 'csv=a', pod]);
  expect([code, stderr.includes('a is named twice.')]).toEqual([2, true]);
});

test('a format without a place for errors says so on standard error; the exit code is that of a partial scan', async () => {
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, 'kind: [Pod\n');
  const { code, stderr } = await runCommand(['check', '-o', 'csv', broken]);
  expect(code).toBe(4);
  expect(stderr).toContain('csv: has no place for what could not be judged; another format tells it\n');
});

test('with --fix the report goes to standard error in any format, and to files', async () => {
  const out = join(folder, 'a.json');
  const { stdout, stderr } = await runCommand(['check', '--fix', '-o', 'csv', '--out', `json=${out}`, pod]);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'Pod' });
  expect(stderr).toContain('rule,severity,action,');
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ kind: 'Report' });
});
