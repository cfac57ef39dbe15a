// Needs the control plane level. Audits over connections that break in the middle of a page.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditCluster } from '../../src/audit/audit-cluster.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { isPartial } from '../../src/report/report.ts';
import { runCommand } from '../support/command-io.ts';
import { podSpec } from '../support/pods.ts';
import { administrator } from './client/credentials-of.ts';
import type { Fault, FaultyApiServer } from './faulty-api-server.ts';
import { startFaultyApiServer } from './faulty-api-server.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { kubeconfig } from './harness/kubeconfig.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';

const pods = 30;
const faults: readonly Fault[] = ['reset', 'ended', 'short of its length', 'stalled'];

describeLevel('control plane', 'seawall audit over a connection that breaks', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const pod = (index: number) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${index}`, namespace: 'default' },
      spec: podSpec({ hostNetwork: true }),
    });
    await cluster.apply(Array.from({ length: pods }, (_, index) => pod(index)));
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  /** Names of all pods, as kubectl tells them. */
  async function counted(): Promise<string[]> {
    const { stdout } = await cluster.kubectl(['get', 'pods', '-A', '-o', 'name']);
    return stdout.split('\n').filter((line) => line !== '');
  }

  const auditBy = async (server: FaultyApiServer, patienceMs?: number) => {
    const client = createApiClient({ ...administrator(cluster), server: server.url });
    try {
      return await auditCluster(client, {
        policy: defaultPolicy(),
        nowMs: Date.now(),
        cluster: 'test',
        list: { pageSize: 7, timeoutMs: 1_000, ...(patienceMs !== undefined && { patienceMs }) },
      });
    } finally {
      client.close();
    }
  };

  test.each(faults)('each page %s once in its middle: asked for again, and nothing is counted twice', async (fault) => {
    const cut = new Set<string>();
    const server = await startFaultyApiServer(cluster, (path) => {
      if (!path.startsWith('/api/v1/pods?') || cut.has(path)) return undefined;
      cut.add(path);
      return fault;
    });
    const { report, pods: read } = await auditBy(server);
    server.close();
    expect(server.faults).toHaveLength(Math.ceil(pods / 7));
    expect(isPartial(report)).toBe(false);
    expect(read).toBe((await counted()).length);
    const found = report.objects.flatMap(({ findings }) => findings).filter(({ rule }) => rule === 'host-network');
    expect(found.map(({ object }) => `pod/${object.name}`).toSorted()).toEqual((await counted()).toSorted());
  });

  test.each(faults)('a page that is %s for ever: the audit is partial and says what it has not seen', async (fault) => {
    const server = await startFaultyApiServer(cluster, (path) =>
      path.startsWith('/api/v1/pods?') && path.includes('continue=') ? fault : undefined,
    );
    const { report, pods: read } = await auditBy(server, 3_000);
    server.close();
    expect(server.faults.length).toBeGreaterThan(1);
    expect(report.partial).toEqual([
      {
        what: 'pods',
        reason: expect.stringMatching(
          fault === 'stalled' ? /said nothing for 1000 ms/ : /broke off after \d+ bytes/,
        ) as unknown,
        unknown: 'what runs',
      },
    ]);
    expect(read).toBe(7);
  });

  test('the command over a page that stalls longer than --request-timeout: complete, exit code 0', async () => {
    const server = await startFaultyApiServer(cluster, (path, earlier) =>
      path.startsWith('/api/v1/pods?') && earlier === 0 ? 'stalled' : undefined,
    );
    const admin = cluster.ca.issue({ commonName: 'admin', organizations: ['system:masters'] });
    const file = join(cluster.folder, 'faulty.kubeconfig');
    writeFileSync(file, kubeconfig(server.url, cluster.ca.certificate, { kind: 'certificate', ...admin }));
    const { code, stdout, stderr } = await runCommand([
      'audit',
      '--kubeconfig',
      file,
      '--request-timeout',
      '1s',
      '-o',
      'json',
    ]);
    server.close();
    expect(server.faults).toHaveLength(1);
    expect(code).toBe(0);
    expect(stderr).toContain(`read ${pods} pods and 0 templates; each kind as of one moment\n`);
    expect((JSON.parse(stdout) as { summary: unknown }).summary).toMatchObject({ denied: pods });
  });
});
