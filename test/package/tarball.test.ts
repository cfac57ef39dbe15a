import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const pod = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { hostNetwork: true, containers: [{ name: 'app', image: 'nginx' }] },
});

/** A command is started with the `node` that is found first: the one that runs this test. */
const withNode = { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}` };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-package-'));
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  writeFileSync(join(folder, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
  const install = ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', './seawall-0.1.0.tgz'];
  execFileSync('npm', install, { cwd: folder, stdio: 'pipe' });
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the installed command, with the Node options given, and a pod on its standard input. */
function installed(nodeOptions: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const command = join(folder, 'node_modules', 'seawall', 'dist', 'cli', 'main.js');
  return spawnSync(process.execPath, [...nodeOptions, command, 'check', '-'], {
    input: pod,
    encoding: 'utf8',
    cwd: folder,
  });
}

test('`npx seawall check -` works from the packed tarball', () => {
  const result = spawnSync('npx', ['--no-install', 'seawall', 'check', '-'], {
    input: pod,
    encoding: 'utf8',
    cwd: folder,
    env: withNode,
  });
  expect(result.stderr).toBe('');
  expect(result.stdout).toContain('Pod default/a');
  expect(result.stdout).toContain('host-network');
  expect(result.status).toBe(3);
});

test('what is built here can be run as it is, however often it was built since npx linked it', () => {
  const command = join(root, 'dist', 'cli', 'main.js');
  const result = spawnSync(command, ['check', '-'], { input: pod, encoding: 'utf8', env: withNode });
  expect([result.error, result.status]).toEqual([undefined, 3]);
});

test('the library gives the same verdict', () => {
  writeFileSync(
    join(folder, 'use.js'),
    `import { evaluate, parsePolicy, formatPath } from 'seawall';
     const policy = parsePolicy({ apiVersion: 'seawall.dev/v1alpha1', kind: 'Policy', metadata: { name: 'mine' }, spec: {} });
     const findings = evaluate(${pod}, policy, new Date());
     console.log(findings.map(({ rule, action, path }) => [rule, action, formatPath(path)].join(' ')).join('\\n'));`,
  );
  const printed = execFileSync(process.execPath, ['use.js'], { cwd: folder, encoding: 'utf8' });
  expect(printed).toBe('host-network deny spec.hostNetwork\nnet-raw-default warn spec.containers[0]\n');
});

test('the types of the library are there, and hold', () => {
  writeFileSync(
    join(folder, 'use.ts'),
    `import type { Finding } from 'seawall';
     import { defaultPolicy, evaluate } from 'seawall';
     const findings: Finding[] = evaluate({}, defaultPolicy(), new Date());
     export default findings;`,
  );
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--ignoreConfig', 'use.ts'];
  const result = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), options, { cwd: folder, encoding: 'utf8' });
  expect(result.stdout).toBe('');
  expect(result.status).toBe(0);
});

test('an older Node is told which one is needed, without a stack trace', () => {
  const older = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})";
  const result = installed(['--import', `data:text/javascript,${encodeURIComponent(older)}`]);
  expect(result.stderr).toContain('seawall: needs Node.js 22.19 or newer, and this is 20.20.2');
  expect(result.stderr).not.toContain('    at ');
  expect(result.stdout).toBe('');
  expect(result.status).toBe(1);
});
