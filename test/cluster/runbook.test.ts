// Needs the node level: root on Linux. Every command of docs/runbook.md, in its order, where the tool really runs; SEAWALL_UPDATE=1
// writes what they print into the page.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { programPath } from './harness/binaries.ts';
import { runCommand } from './harness/command.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import type { ClusterNode } from './harness/node.ts';
import { startNode } from './harness/node.ts';
import { waitUntil } from './harness/wait-until.ts';
import { witnessContainer } from './harness/witness.ts';
import { makeNamespace, offender } from './remediation.ts';
import { loadToolImage, runningTools, toolContainer } from './tool-image.ts';

const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'docs', 'runbook.md');
const update = process.env['SEAWALL_UPDATE'] === '1';

/** A block of the page: commands, each after a dollar sign, and what they print. */
const consoleBlock = /(?<=^```console\n)([\s\S]*?)(?=^```$)/gm;
const tool = 'debug-tools';

describeLevel('node', 'the runbook', () => {
  let node: ClusterNode;
  let cluster: ControlPlane;
  let folder: string;

  beforeAll(async () => {
    node = await startNode();
    cluster = node.controlPlane;
    folder = mkdtempSync(join(tmpdir(), 'seawall-runbook-'));
    await loadToolImage(node);
    await makeNamespace(cluster, 'shop');
    await cluster.apply(offender('Deployment', 'web', {}, { containers: [witnessContainer('web', 'pause')] }));
    const developer = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' };
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'developers', namespace: 'shop' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [developer],
    });
    const launched = offender(
      'Deployment',
      tool,
      {},
      { hostNetwork: true, terminationGracePeriodSeconds: 1, containers: [toolContainer('10.0.0.0/24')] },
    );
    const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], {
      stdin: JSON.stringify(launched),
      as: 'jane',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await waitUntil('the tool', () => (runningTools('10.0.0.0/24') > 0 ? true : undefined), { timeoutMs: 120_000 });
    prepareFolder(await alertOf(cluster), await programPath('kubectl'));
  }, startTimeoutMs);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await node.stop();
  });

  /** What the person on call has before them: the alert, a kubeconfig, the audit log, and the two programs. */
  function prepareFolder(alert: object, kubectl: string): void {
    writeFileSync(join(folder, 'alert.json'), JSON.stringify(alert));
    copyFileSync(cluster.auditLog, join(folder, 'audit.log'));
    writeFileSync(join(folder, 'kubeconfig'), readFileSync(cluster.kubeconfig, 'utf8'));
    const programs = join(folder, 'bin');
    mkdirSync(programs);
    const command = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'src', 'cli', 'main.ts')}" "$@"\n`;
    writeFileSync(join(programs, 'seawall'), command);
    chmodSync(join(programs, 'seawall'), 0o755);
    chmodSync(dirname(kubectl), 0o755);
  }

  async function run(command: string): Promise<string> {
    const kubectl = dirname(await programPath('kubectl'));
    const { code, stdout } = await runCommand('bash', ['-c', `exec 2>&1\n${command}`], {
      cwd: folder,
      timeoutMs: 240_000,
      env: {
        PATH: `${join(folder, 'bin')}:${kubectl}:${process.env['PATH'] ?? ''}`,
        KUBECONFIG: join(folder, 'kubeconfig'),
        NO_COLOR: '1',
      },
    });
    return `${settle(stdout).trimEnd()}\n${code === 0 ? '' : `(exit code ${code})\n`}`;
  }

  test('each command prints what the page says', async () => {
    const text = readFileSync(page, 'utf8');
    const blocks = [...text.matchAll(consoleBlock)].map(([block]) => block);
    expect(blocks.length).toBeGreaterThan(5);
    const printed: string[] = [];
    for (const block of blocks) {
      let now = '';
      for (const command of commandsOf(block)) now += `$ ${command}\n${await run(command)}`;
      printed.push(now);
    }
    if (update) {
      let index = 0;
      writeFileSync(
        page,
        text.replaceAll(consoleBlock, () => printed[index++] ?? ''),
      );
    } else expect(printed).toEqual(blocks);
  }, 600_000);
});

/** The alert as Falco's http_output sends it. */
async function alertOf(cluster: ControlPlane): Promise<object> {
  const { stdout } = await cluster.kubectl(['get', 'pods', '-n', 'shop', '-l', `app=${tool}`, '-o', 'json']);
  const { items } = JSON.parse(stdout) as { items: { metadata: { name: string } }[] };
  const pod = items[0]?.metadata.name;
  return {
    rule: 'Launch Suspicious Network Tool on Host',
    priority: 'Notice',
    source: 'syscall',
    hostname: 'node-1',
    time: new Date().toISOString(),
    output: `Network tool launched on host (process=nmap command=nmap pause 10.0.0.0/24 k8s.ns.name=shop k8s.pod.name=${pod})`,
    output_fields: {
      'k8s.ns.name': 'shop',
      'k8s.pod.name': pod,
      'container.id': 'host',
      'proc.name': 'nmap',
      'proc.cmdline': 'nmap pause 10.0.0.0/24',
      'proc.pname': 'containerd-shim',
      'user.name': 'root',
    },
  };
}

/** The commands of a block; one that ends in a backslash goes on. */
function commandsOf(block: string): string[] {
  return [...block.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm)].map(([, command = '']) => command);
}

/** What differs from one run to the next, made equal: names and times, the order of events of one second, lines of progress. */
function settle(text: string): string {
  const settled = settlements.reduce((each, [pattern, by]) => each.replaceAll(pattern, by), text);
  return settled
    .split('\n')
    .filter((line) => !/: waiting: /.test(line))
    .join('\n')
    .replaceAll(/(?:^ {2}2026-11-24T09:30:00Z: Normal .*\n)+/gm, (events) =>
      [...new Set(events.trimEnd().split('\n'))]
        .sort()
        .map((line) => `${line}\n`)
        .join(''),
    );
}

const settlements: readonly (readonly [RegExp, string])[] = [
  [/https:\/\/127\.0\.0\.1:\d+/g, 'https://cluster.example:6443'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '5a1c3f0e-7b1d-4c62-9a55-0d6f1f2e3c4b'],
  [/\b\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:\.\d+)?/g, '2026-11-24$109:30:00'],
  [/\bplan \d{8}-\d{6}-[0-9a-f]{6}\b/g, 'plan 20261124-093000-e2924a'],
  [new RegExp(`\\b(${tool}-[0-9a-f]{8,10})-[a-z0-9]{5}\\b`, 'g'), '$1-x7k2p'],
  [/\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)? ?m?s\b/g, '42s'],
  [/\b\d+ events in\b/g, '993 events in'],
  [/\bfrom 10\.\d+\.\d+\.\d+ with\b/g, 'from 10.98.0.1 with'],
  [/\bsha256:[0-9a-f]{12}\b(?![0-9a-f])/g, 'sha256:9d0e9d0e9d0e'],
  [/\bsha256:[0-9a-f]{64}\b/g, `sha256:${'9d0e'.repeat(16)}`],
];
