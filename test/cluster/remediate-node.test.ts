// Needs the node level: root on Linux. Real offenders, with the tool running on the host's network: its process is gone from the
// node, nothing makes it anew, and everything else is as it was.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient } from '../../src/cluster/api-client.ts';
import { healthOf } from '../../src/remediate/health.ts';
import { administrator } from './client/credentials-of.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import type { ClusterNode } from './harness/node.ts';
import { startNode } from './harness/node.ts';
import { waitUntil } from './harness/wait-until.ts';
import { containerReport, witnessContainer } from './harness/witness.ts';
import type { Remediator } from './remediation.ts';
import { makeNamespace, offender, podsOf, remediator, specOf, untilNoPodIsYoung, waitForPods } from './remediation.ts';
import { loadToolImage, runningTools, toolContainer } from './tool-image.ts';

const minutes = (count: number): { readonly timeoutMs: number } => ({ timeoutMs: count * 60_000 });

describeLevel('node', 'seawall remediate, where the tool really runs', () => {
  let node: ClusterNode;
  let cluster: ControlPlane;
  let person: Remediator;
  let bystanders: string;

  beforeAll(async () => {
    node = await startNode();
    cluster = node.controlPlane;
    await loadToolImage(node);
    await makeNamespace(cluster, 'shop');
    person = remediator(cluster.kubeconfig);
    const innocent = { terminationGracePeriodSeconds: 1, containers: [witnessContainer('app', 'pause')] };
    await cluster.apply(offender('Deployment', 'innocent', {}, innocent));
    bystanders = await waitUntil(
      'the bystanders',
      async () => {
        const found = await podsAsTheyAre('innocent');
        return found.match(/"ready":true/g)?.length === 2 ? found : undefined;
      },
      minutes(2),
    );
  }, startTimeoutMs);
  afterAll(async () => {
    person.close();
    await node.stop();
  });

  const onHost = (mark: string) => ({
    hostNetwork: true,
    terminationGracePeriodSeconds: 1,
    containers: [toolContainer(mark)],
  });

  /** Identity, restarts and readiness of pods: what a remediation of others must leave alone. */
  async function podsAsTheyAre(app: string): Promise<string> {
    const { stdout } = await cluster.kubectl(['get', 'pods', '-n', 'shop', '-l', `app=${app}`, '-o', 'json']);
    const { items } = JSON.parse(stdout) as {
      readonly items: readonly {
        readonly metadata: { readonly uid: string };
        readonly status: {
          readonly containerStatuses?: readonly { readonly restartCount: number; readonly ready: boolean }[];
        };
      }[];
    };
    return JSON.stringify(
      items.map(({ metadata, status }) => [
        metadata.uid,
        (status.containerStatuses ?? []).map(({ restartCount, ready }) => ({ restartCount, ready })),
      ]),
    );
  }

  async function waitForTools(mark: string, count: number): Promise<void> {
    await waitUntil(
      `${count} processes of ${mark}`,
      () => (runningTools(mark) === count ? true : undefined),
      minutes(2),
    );
  }

  test.each([
    ['Deployment', 'deployment', 2],
    ['StatefulSet', 'statefulset', 2],
    ['DaemonSet', 'daemonset', 1],
    ['CronJob', 'cronjob', 1],
    ['Pod', 'pod', 1],
  ])(
    '%s: the process is gone from the node, nothing makes it anew, and undo brings it back',
    async (kind, resource, count) => {
      const name = `tool-${resource}`;
      await cluster.apply(offender(kind, name, {}, onHost(name)));
      if (kind === 'CronJob') {
        await cluster.kubectl(['create', 'job', `${name}-1`, '-n', 'shop', `--from=cronjob/${name}`]);
      }
      await waitForTools(name, count);
      const before = await specOf(cluster, resource, name);
      const [pod = ''] = await podsOf(cluster, name);

      // The alert names a pod.
      const plan = await person.plan(name, pod, '-n', 'shop');
      expect(plan).toMatchObject({ code: 0 });
      expect(plan.stdout).toContain('found     network-tool-command: ');
      const confirm = kind === 'Pod' ? ['--confirm', 'test/1'] : [];
      await untilNoPodIsYoung(cluster);
      expect(await person.run('apply', plan.file, '--yes', ...confirm)).toMatchObject({ code: 0 });
      expect(runningTools(name)).toBe(0);
      const folder = person.caseOf(plan.file);
      expect(await person.run('verify', folder, '--watch', '3s')).toMatchObject({ code: 0 });
      expect(runningTools(name)).toBe(0);
      expect(await podsAsTheyAre('innocent')).toBe(bystanders);

      expect(await person.run('undo', folder, '--yes')).toMatchObject({ code: 0 });
      expect(await specOf(cluster, resource, name)).toBe(before);
      await waitForTools(name, count);
      expect(await person.run('verify', folder, '--watch', '0')).toMatchObject({ code: 3 });
      await cluster.kubectl(['delete', resource, name, '-n', 'shop', '--wait=false']);
    },
    240_000,
  );

  test('a static pod: refused with the node and what to do there, and that ends it', async () => {
    const manifest = join(node.staticPodFolder, 'tool-static.json');
    mkdirSync(node.staticPodFolder, { recursive: true });
    writeFileSync(manifest, JSON.stringify(offender('Pod', 'tool-static', {}, onHost('tool-static'))));
    await waitForTools('tool-static', 1);
    await waitForPods(cluster, 'tool-static', 1);
    const plan = await person.plan('static', `pod/tool-static-${node.name}`, '-n', 'shop');
    expect(plan).toMatchObject({ code: 3 });
    expect(plan.stdout).toContain(`a static pod: the kubelet of node ${node.name} runs it without asking`);
    expect(runningTools('tool-static')).toBe(1);
    rmSync(manifest);
    await waitForTools('tool-static', 0);
  }, 180_000);

  test('a template is mended while as many replicas stay healthy as were asked for', async () => {
    const raw = {
      ...witnessContainer(),
      securityContext: { capabilities: { add: ['NET_RAW'] } },
    };
    await cluster.apply(offender('Deployment', 'mended', {}, { terminationGracePeriodSeconds: 1, containers: [raw] }));
    const path = '/apis/apps/v1/namespaces/shop/deployments';
    await waitUntil(
      'two healthy replicas',
      async () => {
        const { body } = await cluster.request('GET', `${path}/mended`);
        return healthOf(body as Record<string, unknown>).healthy === 2 ? true : undefined;
      },
      minutes(2),
    );
    const [old = ''] = await podsOf(cluster, 'mended');
    expect((await containerReport(cluster, old.slice(4), 'witness', 'shop')).rawSocket).toBe('opens');

    const before = await specOf(cluster, 'deployment', 'mended');
    const client = createApiClient(administrator(cluster));
    const leaving = new AbortController();
    const healthy: number[] = [];
    const watching = client
      .watch(
        `${path}?watch=1&fieldSelector=metadata.name%3Dmended`,
        ({ object }) => healthy.push(healthOf({ kind: 'Deployment', ...object }).healthy),
        leaving.signal,
      )
      .catch(() => undefined);
    const plan = await person.plan('mended', 'deployment/mended', '-n', 'shop', '--min-healthy', '2');
    expect(plan.stdout).toContain(
      'does      Deployment shop/mended: mend the template: dropped NET_RAW from witness\n',
    );
    expect(await person.run('apply', plan.file, '--yes')).toMatchObject({ code: 0 });
    leaving.abort();
    await watching;
    client.close();
    expect(healthy.length).toBeGreaterThan(1);
    expect(Math.min(...healthy)).toBe(2);
    expect(await person.run('verify', person.caseOf(plan.file), '--watch', '0')).toMatchObject({ code: 0 });
    const pods = await waitForPods(cluster, 'mended', 2);
    for (const pod of pods) {
      const { rawSocket } = await containerReport(cluster, pod.slice(4), 'witness', 'shop');
      expect([pod, rawSocket]).toEqual([pod, 'operation not permitted']);
    }
    expect(await person.run('undo', person.caseOf(plan.file), '--yes')).toMatchObject({ code: 0 });
    expect(await specOf(cluster, 'deployment', 'mended')).toBe(before);
    expect(await podsAsTheyAre('innocent')).toBe(bystanders);
  }, 240_000);
});
