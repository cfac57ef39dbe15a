// Needs the control plane level. Every command before a real API server: its exit codes, its JSON, and a reader that leaves.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLines, linesThatPrint } from '../cli/command-lines.ts';
import type { CommandLine } from '../cli/command-lines.ts';
import { everyCommand } from '../cli/commands.ts';
import { runCommand } from '../support/command-io.ts';
import { podSpec } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { makeNamespace, offender, waitForPods } from './remediation.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

describeLevel('control plane', 'every command', () => {
  let cluster: ControlPlane;
  let folder: string;
  let nobody: string;
  let viewer: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seawall-commands-'));
    mkdirSync(join(folder, 'cases'));
    cluster = await startControlPlane({ controllerManager: true });
    nobody = cluster.writeKubeconfig('nobody', { kind: 'token', token: 'wrong' });
    const policy = (action: string) =>
      `apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: p }\nspec: { rules: { host-pid: { action: ${action} } } }\n`;
    writeFileSync(join(folder, 'policy.yaml'), policy('warn'));
    writeFileSync(join(folder, 'wrong.yaml'), policy('none'));
    const pod = (spec: object) => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
    writeFileSync(join(folder, 'clean.yaml'), pod(podSpec()));
    writeFileSync(join(folder, 'offender.yaml'), pod(podSpec({ hostNetwork: true })));
    for (const name of ['shop', 'quiet', 'seawall']) await makeNamespace(cluster, name);
    await cluster.apply([offender('Deployment', 'web'), offender('Pod', 'bare')]);
    await waitForPods(cluster, 'web', 2);
    const rbac = 'rbac.authorization.k8s.io';
    await cluster.apply([
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRole',
        metadata: { name: 'viewer' },
        rules: [{ apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list'] }],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'viewer' },
        subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace: 'quiet' }],
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'viewer' },
      },
    ]);
    await cluster.kubectl(['create', 'clusterrolebinding', 'maker', '--clusterrole=edit', '--user=maker']);
    await cluster.kubectl(['create', 'serviceaccount', 'viewer', '-n', 'quiet']);
    const { stdout: token } = await cluster.kubectl(['create', 'token', 'viewer', '-n', 'quiet']);
    viewer = cluster.writeKubeconfig('viewer', { kind: 'token', token: token.trim() });
  }, startTimeoutMs);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await cluster.stop();
  });

  /** The words of a line, with what leads to the cluster. */
  function wordsOf([, line, as]: CommandLine): string[] {
    const words = line.split(' ').map((word) => word.replace('$F', folder));
    if (as === undefined) return words;
    const kubeconfigs = { administrator: cluster.kubeconfig, viewer, nobody };
    return [...words, '--kubeconfig', kubeconfigs[as]];
  }

  test('no command is without a line that succeeds or finds, and one for usage', () => {
    const known = everyCommand().map(({ words }) => words);
    const told = new Set([...linesThatPrint().keys(), 'serve', 'listen']);
    expect(known.filter((words) => !told.has(words))).toEqual([]);
  });

  test.each(commandLines.map((row) => ({ name: row.join(' '), row })))('$name', async ({ row }) => {
    const { code, stdout, stderr } = await runCommand(wordsOf(row), { nowMs: Date.now() });
    expect({ code, said: stdout + stderr }).toEqual({ code: row[0], said: expect.stringMatching(/\S/) as unknown });
    if (row[0] === 2) expect(stdout).toBe('');
  });

  const json = everyCommand()
    .filter(({ hasJson }) => hasJson)
    .map(({ words }) => words);

  test.each(json)('seawall %s -o json: standard output is one JSON document, colour or not', async (words) => {
    const row = linesThatPrint().get(words);
    if (row === undefined) throw new Error(`no line for ${words}`);
    const { code, stdout } = await runCommand([...wordsOf(row), '-o', 'json'], { nowMs: Date.now(), tty: true });
    expect(code).toBe(row[0]);
    expect(JSON.parse(stdout)).toBeInstanceOf(Object);
  });

  test.each([...linesThatPrint().values()].map((row) => [row[1], row] as const))(
    'seawall %s: a reader that has left is no failure; NO_COLOR takes colour away',
    async (_, row) => {
      const words = wordsOf(row);
      const env = { ...process.env, NODE: process.execPath };
      const script = '"$NODE" "$@" 2>stderr | :; exit "${PIPESTATUS[0]}"';
      const plain = await runCommand(words, { nowMs: Date.now(), tty: true, env: { NO_COLOR: '1' } });
      expect(plain.stdout).not.toContain('\u001b[3');
      const { status } = spawnSync('bash', ['-c', script, 'seawall', main, ...words], { cwd: folder, env });
      // Who printed nothing has not seen the reader leave.
      const code = plain.stdout === '' || plain.code === 1 ? plain.code : 0;
      const stderr = readFileSync(join(folder, 'stderr'), 'utf8');
      expect({ status, stderr }).toEqual({
        status: code,
        stderr: expect.not.stringMatching(/EPIPE|^ +at /m) as unknown,
      });
    },
    30_000,
  );
});
