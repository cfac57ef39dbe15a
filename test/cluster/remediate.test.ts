// Needs the control plane level. What a remediation does to each kind, and that it can be taken back to the byte.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { podSpec, container } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import {
  filesOf,
  makeNamespace,
  offender,
  podsOf,
  remediator,
  specOf,
  untilNoPodIsYoung,
  waitForPods,
} from './remediation.ts';
import type { Remediator } from './remediation.ts';

const kinds: readonly (readonly [kind: string, resource: string, pods: number, does: string])[] = [
  ['Deployment', 'deployment', 2, 'Deployment shop/o-deployment: scale to 0 (from 2)'],
  ['StatefulSet', 'statefulset', 1, 'StatefulSet shop/o-statefulset: scale to 0 (from 2)'],
  ['ReplicaSet', 'replicaset', 2, 'ReplicaSet shop/o-replicaset: scale to 0 (from 2)'],
  [
    'ReplicationController',
    'replicationcontroller',
    2,
    'ReplicationController shop/o-replicationcontroller: scale to 0 (from 2)',
  ],
  ['Job', 'job', 1, 'Job shop/o-job: suspend'],
  [
    'DaemonSet',
    'daemonset',
    0,
    'DaemonSet shop/o-daemonset: park: ask for nodes with the label seawall.dev/parked, of which there are none',
  ],
];

describeLevel('control plane', 'seawall remediate', () => {
  let cluster: ControlPlane;
  let person: Remediator;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await makeNamespace(cluster, 'shop');
    person = remediator(cluster.kubeconfig);
  }, startTimeoutMs);
  afterAll(async () => {
    person.close();
    await cluster.stop();
  });

  test.each(kinds)('%s: planned, applied, verified, and taken back to the byte', async (kind, resource, pods, does) => {
    const name = `o-${resource}`;
    await cluster.apply(offender(kind, name));
    await waitForPods(cluster, name, pods);
    const before = await specOf(cluster, resource, name);

    const plan = await person.plan(name, `${resource}/${name}`, '-n', 'shop');
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.stdout).toContain(`  does      ${does}\n`);
    expect(plan.stderr).toBe(`context test, server ${cluster.url}, user admin\n`);
    expect(await specOf(cluster, resource, name)).toBe(before);

    await untilNoPodIsYoung(cluster);
    const applied = await person.run('apply', plan.file, '--yes');
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.stderr.startsWith(`context test, server ${cluster.url}, user admin\n`)).toBe(true);
    expect(await podsOf(cluster, name)).toEqual([]);
    expect(await specOf(cluster, resource, name)).not.toBe(before);

    const folder = person.caseOf(plan.file);
    const verified = await person.run('verify', folder, '--watch', '1s');
    expect(verified).toMatchObject({
      code: 0,
      stdout: `ok: ${kind} shop/${name}: suspend holds, and its pods are gone\n`,
    });

    expect(await person.run('undo', folder, '--yes')).toMatchObject({ code: 0, stdout: 'taken back: 1 change\n' });
    expect(await specOf(cluster, resource, name)).toBe(before);
    await waitForPods(cluster, name, pods);
    const { stdout } = await cluster.kubectl([
      'get',
      resource,
      name,
      '-n',
      'shop',
      '-o',
      'jsonpath={.metadata.annotations}',
    ]);
    expect(stdout).not.toContain('seawall.dev');

    const again = await person.run('undo', folder, '--yes');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('taken back already\ntaken back: 0 changes\n');
  });

  test('a CronJob is suspended with the Job that it has running, and both come back', async () => {
    await cluster.apply(offender('CronJob', 'o-cronjob'));
    await cluster.kubectl(['create', 'job', 'o-cronjob-1', '-n', 'shop', '--from=cronjob/o-cronjob']);
    const [pod = ''] = await waitForPods(cluster, 'o-cronjob', 1);
    const before = [await specOf(cluster, 'cronjob', 'o-cronjob'), await specOf(cluster, 'job', 'o-cronjob-1')];
    const plan = await person.plan('cronjob', pod, '-n', 'shop');
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.stdout).toContain(`  owner of  Pod shop/${pod.slice(4)}, Job shop/o-cronjob-1\n`);
    expect(await person.run('apply', plan.file, '--yes')).toMatchObject({ code: 0 });
    expect(await podsOf(cluster, 'o-cronjob')).toEqual([]);
    expect(await person.run('verify', person.caseOf(plan.file), '--watch', '0')).toMatchObject({ code: 0 });
    expect(await person.run('undo', person.caseOf(plan.file), '--yes')).toMatchObject({ code: 0 });
    expect([await specOf(cluster, 'cronjob', 'o-cronjob'), await specOf(cluster, 'job', 'o-cronjob-1')]).toEqual(
      before,
    );
  });

  test('a Job that a CronJob has made since the plan is named at once, and taken by a plan of its own', async () => {
    await cluster.apply(offender('CronJob', 'o-busy'));
    const first = await person.plan('busy', 'cronjob/o-busy', '-n', 'shop');
    await cluster.kubectl(['create', 'job', 'o-busy-1', '-n', 'shop', '--from=cronjob/o-busy']);
    await waitForPods(cluster, 'o-busy', 1);
    const { code, stdout } = await person.run('apply', first.file, '--yes');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'stopped: CronJob shop/o-busy: made after the plan, and running: Job o-busy-1; plan again for it, with --plan FILE\n',
    );
    const second = await person.plan('busy-1', 'cronjob/o-busy', '-n', 'shop');
    expect(await person.run('apply', second.file, '--yes')).toMatchObject({ code: 0 });
    expect(await person.run('apply', first.file, '--yes')).toMatchObject({ code: 0 });
    expect(await podsOf(cluster, 'o-busy')).toEqual([]);
    expect(await person.run('verify', person.caseOf(first.file), '--watch', '0')).toMatchObject({ code: 0 });
  });

  test('a bare pod is ended only with a typed confirmation, and made again with the spec that it had', async () => {
    const env = [{ name: 'PASSWORD', value: 'hunter2' }];
    await cluster.apply(
      offender('Pod', 'o-bare', {}, podSpec({ hostNetwork: true, containers: [container({ env })] })),
    );
    const before = await specOf(cluster, 'pod', 'o-bare');
    const plan = await person.plan('bare', 'pod/o-bare', '-n', 'shop');
    expect(plan.stdout).toContain(
      `next: seawall remediate apply --kubeconfig ${cluster.kubeconfig} ${plan.file} --confirm test/1\n`,
    );
    expect(await person.run('apply', plan.file, '--yes')).toMatchObject({
      code: 2,
      stderr: 'seawall: 1 pod that nothing makes anew is to be ended: confirm with --confirm test/1\n',
    });
    expect(await person.run('apply', plan.file, '--yes', '--confirm', 'prod/1')).toMatchObject({ code: 2 });
    await untilNoPodIsYoung(cluster);
    expect(await person.run('apply', plan.file, '--yes', '--confirm', 'test/1')).toMatchObject({ code: 0 });
    expect(await podsOf(cluster, 'o-bare')).toEqual([]);
    const folder = person.caseOf(plan.file);
    expect(await person.run('verify', folder, '--watch', '1s')).toMatchObject({ code: 0 });

    const secrets = [...filesOf(folder)]
      .filter(([, text]) => text.includes('hunter2'))
      .map(([name]) => name.split('/')[0]);
    expect(secrets).toEqual(['private']);
    expect(await person.run('undo', folder, '--yes')).toMatchObject({ code: 0, stdout: 'taken back: 1 change\n' });
    expect(await specOf(cluster, 'pod', 'o-bare')).toBe(before);
  });

  test('a template that is mended comes back to the byte, also where it stopped because no replica got ready', async () => {
    const both = podSpec({
      hostNetwork: true,
      hostPID: true,
      containers: [container({ securityContext: { capabilities: { add: ['NET_RAW'] } } })],
    });
    await cluster.apply(offender('Deployment', 'mended', {}, both));
    await waitForPods(cluster, 'mended', 2);
    const before = await specOf(cluster, 'deployment', 'mended');
    const plan = await person.plan('mended', 'deploy/mended', '-n', 'shop', '--step', 'fix', '--fix-host');
    expect(plan).toMatchObject({ code: 0 });
    const applied = await person.run('apply', plan.file, '--yes', '--timeout', '2s');
    expect(applied).toMatchObject({ code: 1 });
    expect(applied.stdout).toContain(
      'stopped: Deployment shop/mended: not settled within 2 s: 0 of 2 replicas are healthy and new\n',
    );
    const after = await specOf(cluster, 'deployment', 'mended');
    expect(after).not.toContain('host');
    expect(after).toContain('"capabilities":{"drop":["NET_RAW"]}');
    const folder = person.caseOf(plan.file);
    expect(await person.run('undo', folder, '--yes')).toMatchObject({ code: 0, stdout: 'taken back: 1 change\n' });
    expect(await specOf(cluster, 'deployment', 'mended')).toBe(before);
  });

  test('the case is for its owner alone, and its sums are right', async () => {
    await cluster.apply(offender('Deployment', 'kept'));
    await waitForPods(cluster, 'kept', 2);
    const plan = await person.plan('kept', 'deploy/kept', '-n', 'shop');
    await person.run('apply', plan.file, '--yes');
    const folder = person.caseOf(plan.file);
    const files = filesOf(folder);
    expect([...files.keys()].sort()).toEqual([
      'SHA256SUMS',
      'journal.jsonl',
      'plan.json',
      ...['chain.json', 'events.json', 'images.json', 'manifest.yaml', 'object.json', 'pods.json', 'rights.json'].map(
        (name) => `targets/01-deployment-kept/${name}`,
      ),
    ]);
    for (const name of files.keys()) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
    for (const name of ['', 'targets', 'targets/01-deployment-kept'])
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o700]);
    const { createHash } = await import('node:crypto');
    for (const line of (files.get('SHA256SUMS') ?? '').trim().split('\n')) {
      const [sum, name = ''] = line.split('  ');
      expect([
        name,
        createHash('sha256')
          .update(files.get(name) ?? '')
          .digest('hex'),
      ]).toEqual([name, sum]);
    }
    const events = (files.get('journal.jsonl') ?? '')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(['opened', 'started', 'done', 'settled', 'finished']);
    // The manifest is one that can be applied.
    const manifest = files.get('targets/01-deployment-kept/manifest.yaml') ?? '';
    const { code, stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { stdin: manifest });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(manifest).toContain('replicas: 2');
    expect(await person.run('apply', plan.file, '--yes')).toMatchObject({ code: 3 });
  });

  test('tightened roles and a NetworkPolicy are written, can be applied, and are not', async () => {
    const api = 'rbac.authorization.k8s.io';
    await cluster.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ci', namespace: 'shop' } },
      {
        apiVersion: `${api}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'ci-edits', namespace: 'shop' },
        roleRef: { apiGroup: api, kind: 'ClusterRole', name: 'edit' },
        subjects: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'shop' }],
      },
    ]);
    const out = join(person.folder, 'tightened');
    const options = ['--subject', 'ServiceAccount:shop/ci', '--path', 'L1', '--path', 'L2', '-n', 'shop', '--out', out];
    const written = await person.run('rbac', ...options);
    expect(written).toMatchObject({ code: 0 });
    expect(written.stdout).toContain('  ServiceAccount shop/ci would lose by L1: ');
    expect(written.stdout).toContain('  a NetworkPolicy does not bind pods on the host network');
    expect(written.stdout.endsWith('nothing was applied\n')).toBe(true);
    const { code, stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await cluster.kubectl(['get', 'clusterrole', 'edit-tightened'])).code).not.toBe(0);
    expect(await cluster.kubectl(['apply', '-f', join(out, '1-clusterrole-edit.yaml')])).toMatchObject({ code: 0 });
    await cluster.kubectl(['delete', 'rolebinding', 'ci-edits', '-n', 'shop']);
    const may = (verb: string, resource: string) =>
      cluster.kubectl(['auth', 'can-i', verb, resource, '-n', 'shop', '--as=system:serviceaccount:shop:ci']);
    expect((await may('create', 'deployments.apps')).stdout).toBe('no\n');
    expect((await may('create', 'pods')).stdout).toBe('no\n');
    expect((await may('get', 'pods')).stdout).toBe('yes\n');
    expect((await may('create', 'configmaps')).stdout).toBe('yes\n');
    expect(await person.run('rbac', ...options)).toMatchObject({ code: 1 });
  });

  test('what is found by a scan, and in a report', async () => {
    await makeNamespace(cluster, 'lab');
    await cluster.apply({ ...offender('Deployment', 'scanned'), metadata: { name: 'scanned', namespace: 'lab' } });
    const scan = await person.plan('scan', '-n', 'lab', '--rule', 'host-network');
    expect(scan).toMatchObject({ code: 0 });
    expect(scan.stdout).toContain('Deployment lab/scanned  suspend  1        0        0\n');
    expect(await person.plan('all', '-A', '--rule', 'host-network', '--max-targets', '1')).toMatchObject({ code: 3 });
  });
});
