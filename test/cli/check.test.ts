import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/command-io.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-check-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file below the test's folder and returns its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const bad = `# a node agent
apiVersion: v1
kind: Pod
metadata:
  name: agent # keep me
spec:
  hostNetwork: true
  containers:
    - name: app
      image: nginx
      securityContext:
        capabilities:
          drop: [ALL]
`;
const good = bad.replace('  hostNetwork: true\n', '');
const keepsNetRaw = `apiVersion: v1
kind: Pod
metadata:
  name: web # keep me
spec:
  containers:
    # the only one
    - name: app
      image: "nginx"
`;

test('the table names the object, the place of the field, what it means and what to do', async () => {
  const path = file('bad.yaml', bad);
  const { code, stdout, stderr } = await runCommand(['check', path]);
  expect(stdout).toBe(`Pod default/agent
  deny   high      host-network  ${path}:7:3
         spec.hostNetwork
         hostNetwork: true puts the pod on its node's network
         do: Remove \`hostNetwork: true\`. Publish ports through a Service; where a node agent needs the host network, write an exemption for it.

1 object checked: 1 denied, 0 clean
`);
  expect([code, stderr]).toEqual([3, '']);
});

test('a file without findings is one line, and exit code 0', async () => {
  const { code, stdout } = await runCommand(['check', file('good.yaml', good)]);
  expect([code, stdout]).toEqual([0, '1 object checked: 1 clean\n']);
});

test('the JSON report is one document with the fields that SPEC 9 names', async () => {
  const path = file('bad.yaml', bad);
  const { stdout } = await runCommand(['check', '-o', 'json', path]);
  expect(JSON.parse(stdout)).toEqual({
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Report',
    summary: { objects: 1, denied: 1, warned: 0, audited: 0, exempted: 0, errors: 0 },
    findings: [
      {
        rule: 'host-network',
        action: 'deny',
        severity: 'high',
        object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'agent' },
        path: 'spec.hostNetwork',
        message: "hostNetwork: true puts the pod on its node's network",
        remedy: expect.stringContaining('Remove') as unknown,
        source: { file: path, line: 7, column: 3 },
        fingerprint: 'c8ae588ec61fe18a0e84d320eb04641f',
      },
    ],
    exempted: [],
    errors: [],
  });
});

test('standard input, several documents, and findings worst first', async () => {
  const { code, stdout } = await runCommand(['check', '-'], { stdin: `${keepsNetRaw}---\n${bad}` });
  const badges = stdout.split('\n').filter((line) => /^ {2}\w/.test(line));
  expect(badges.map((line) => line.trim().split(/ +/).slice(0, 3).join(' '))).toEqual([
    'deny high host-network',
    'warn low net-raw-default',
  ]);
  expect(stdout).toContain('<stdin>:17:3');
  expect(code).toBe(3);
});

test.each([
  ['deny', bad, 3],
  ['deny', keepsNetRaw, 0],
  ['warn', keepsNetRaw, 3],
  ['audit', keepsNetRaw, 3],
  ['audit', good, 0],
  ['none', bad, 0],
])('--fail-on %s', async (action, text, expected) => {
  const { code } = await runCommand(['check', '--fail-on', action, file('a.yaml', text)]);
  expect(code).toBe(expected);
});

test('a broken document is an error with file and line, the rest is still checked, and the exit code says so', async () => {
  const path = file('mixed.yaml', `${good}---\nkind: [Pod\n---\n${keepsNetRaw}`);
  const { code, stdout, stderr } = await runCommand(['check', path]);
  expect(stdout).toContain('2 objects checked: 1 warned, 1 clean; 1 part not readable, see the errors');
  expect(stderr).toMatch(new RegExp(`^${path}:1[45]:\\d+: error: `));
  expect(code).toBe(4);
  expect((await runCommand(['check', '--allow-partial', path])).code).toBe(0);
});

test('a missing file is an error that names it', async () => {
  const { code, stderr } = await runCommand(['check', join(folder, 'nowhere.yaml')]);
  expect(stderr).toContain(`${join(folder, 'nowhere.yaml')}:1:1: error: `);
  expect(code).toBe(4);
});

test('a directory is read recursively, in order, and only its YAML and JSON', async () => {
  file('b/two.yml', bad);
  file(
    'a/one.json',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'one' },
      spec: { hostPID: true, containers: [] },
    }),
  );
  file('notes.txt', bad);
  const { stdout } = await runCommand(['check', '-o', 'json', folder]);
  const { findings } = JSON.parse(stdout) as { findings: { source: { file: string } }[] };
  expect(findings.map(({ source }) => source.file.slice(folder.length + 1))).toEqual(['a/one.json', 'b/two.yml']);
});

test('--rule holds only the rules that it names; one that does not exist is a usage error with the nearest id', async () => {
  const path = file('bad.yaml', bad);
  expect((await runCommand(['check', '--rule', 'host-pid', path])).code).toBe(0);
  expect((await runCommand(['check', '--rule', 'host-pid', '--rule', 'host-network', path])).code).toBe(3);
  const { code, stderr } = await runCommand(['check', '--rule', 'host-netwrok', path]);
  expect([code, stderr]).toEqual([2, 'seawall: there is no rule "host-netwrok"; did you mean "host-network"?\n']);
});

test('--namespace is that of objects that name none, and exemptions go by it', async () => {
  const policy = file(
    'policy.yaml',
    `apiVersion: seawall.dev/v1alpha1
kind: Policy
metadata: { name: test }
spec:
  exemptions:
    - { name: agents, reason: node agent, owner: platform, expires: 2026-12-31, rules: [host-network], namespaces: [kube-system] }
`,
  );
  const path = file('bad.yaml', bad);
  const inside = await runCommand(['check', '--policy', policy, '-n', 'kube-system', path]);
  expect([inside.code, inside.stdout]).toEqual([0, '1 object checked: 1 clean; 1 finding exempted\n']);
  expect((await runCommand(['check', '--policy', policy, path])).code).toBe(3);
  const later = { nowMs: Date.UTC(2027, 0, 1) };
  expect((await runCommand(['check', '--policy', policy, '-n', 'kube-system', path], later)).code).toBe(3);
});

test('a broken policy file stops the check and names its line', async () => {
  const policy = file(
    'policy.yaml',
    'apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: x }\nspec:\n  rulez: {}\n',
  );
  const { code, stdout, stderr } = await runCommand(['check', '--policy', policy, file('good.yaml', good)]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`${policy}:5:3: spec.rulez: unknown key "rulez"; did you mean "rules"?`);
});

test('--fix prints the mended file and nothing else; comments, order and quotes stay', async () => {
  const path = file('web.yaml', keepsNetRaw);
  const { code, stdout, stderr } = await runCommand(['check', '--fix', path]);
  expect(stdout).toBe(
    keepsNetRaw.replace(
      '      image: "nginx"\n',
      '      image: "nginx"\n      securityContext:\n        capabilities:\n          drop:\n            - NET_RAW\n',
    ),
  );
  expect(stderr).toContain('dropped NET_RAW from app');
  expect(stderr).toContain('1 object checked: 1 clean');
  expect(code).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe(keepsNetRaw);
});

test('--fix --write replaces the file, keeps its mode, follows a link, and has nothing to do the second time', async () => {
  const path = file('web.yaml', keepsNetRaw);
  const link = join(folder, 'link.yaml');
  symlinkSync(path, link);
  const { mode } = statSync(path);
  const { stdout } = await runCommand(['check', '--fix', '--write', link]);
  const written = readFileSync(path, 'utf8');
  expect(written).toContain('NET_RAW');
  expect(statSync(path).mode).toBe(mode);
  expect(stdout).toBe('1 object checked: 1 clean\n');
  const again = await runCommand(['check', '--fix', '--write', path]);
  expect([again.code, again.stderr]).toEqual([0, '']);
  expect(readFileSync(path, 'utf8')).toBe(written);
});

test('--fix leaves alone what an exemption covers, by the namespace that the object names', async () => {
  const policy = file(
    'policy.yaml',
    `apiVersion: seawall.dev/v1alpha1
kind: Policy
metadata: { name: test }
spec:
  exemptions:
    - { name: cni, reason: needs raw sockets, owner: platform, rules: [net-raw-default], namespaces: [kube-system] }
`,
  );
  const path = file('web.yaml', keepsNetRaw.replace('  name: web', '  namespace: kube-system\n  name: web'));
  const { code, stdout, stderr } = await runCommand(['check', '--policy', policy, '--fix', '--write', path]);
  expect([code, stdout, stderr]).toEqual([0, '1 object checked: 1 clean; 1 finding exempted\n', '']);
});

test('the JSON report holds no character that a terminal obeys', async () => {
  const name = 'a\u009b31m\u202e';
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { hostNetwork: true, containers: [] } };
  const { stdout } = await runCommand(['check', '-o', 'json', '-'], { stdin: JSON.stringify(object) });
  expect(stdout).not.toContain(name);
  expect((JSON.parse(stdout) as { findings: { object: { name: string } }[] }).findings[0]?.object.name).toBe(name);
});

test('--fix does not mend what SPEC 1 does not call safe', async () => {
  const path = file('bad.yaml', bad);
  const { code, stdout } = await runCommand(['check', '--fix', path]);
  expect([code, stdout]).toEqual([3, bad]);
});

test.each([
  [['check'], "error: missing required argument 'path'"],
  [['check', '--write', 'x'], '--write goes with --fix'],
  [['check', '--fix', '--write', '-'], '--write cannot replace standard input'],
  [['check', '-o', 'xml', '-'], 'Allowed choices are table, json'],
  [['chek', '-'], "unknown command 'chek'"],
])('usage errors exit with 2: %j', async (argv, message) => {
  const { code, stdout, stderr } = await runCommand(argv);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('colour only on a terminal, and never with NO_COLOR', async () => {
  const path = file('bad.yaml', bad);
  const escape = '\u001b[';
  expect((await runCommand(['check', path], { tty: true })).stdout).toContain(escape);
  expect((await runCommand(['check', path])).stdout).not.toContain(escape);
  expect((await runCommand(['check', path], { tty: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(escape);
});

test('terminal escapes in names and file names never reach the terminal raw', async () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod\u009b31m',
    metadata: { name: 'a\u001b]0;owned\u0007', namespace: 'b\u202e' },
    spec: { hostNetwork: true, containers: [{ name: 'c\r\u001b[2K', image: 'd\u0000' }] },
  };
  const list = { apiVersion: 'v1', kind: 'List', items: [object, { ...object, kind: 'Pod' }] };
  const path = file('e\u001b[1m.json', JSON.stringify(list));
  const { stdout, stderr } = await runCommand(['check', path]);
  expect(stdout).toContain('a\\u001b]0;owned\\u0007');
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});
