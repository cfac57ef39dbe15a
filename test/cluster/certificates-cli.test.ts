// Needs the control plane level. `seawall certs` before a real API server, with and without a leader.
import type { CommandResult } from '../support/command-io.ts';
import { runCommand } from '../support/command-io.ts';
import type { Balancer, Replica } from './certificates-replica.ts';
import {
  deleteSecret,
  namespace,
  patchSecret,
  startBalancer,
  startReplica,
  storedSecret,
  trustedAuthorities,
  untrustingConfigurations,
} from './certificates-replica.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

describeLevel('control plane', 'seawall certs', () => {
  let cluster: ControlPlane;
  let balancer: Balancer;
  let replica: Replica | undefined;

  beforeAll(async () => {
    cluster = await startControlPlane();
    balancer = await startBalancer();
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await cluster.apply(untrustingConfigurations(balancer.port));
  }, startTimeoutMs);
  afterAll(async () => {
    await replica?.stop();
    balancer.close();
    await cluster.stop();
  }, 60_000);

  const certs = (...args: string[]): Promise<CommandResult> =>
    runCommand(['certs', ...args, '--kubeconfig', cluster.kubeconfig], { nowMs: Date.now() });

  test('status says what is missing before the first start', async () => {
    const { code, stdout } = await certs('status');
    expect([code, stdout]).toEqual([
      3,
      `ValidatingWebhookConfiguration seawall-pods: OUT OF STEP, there is no authority that it could trust
ValidatingWebhookConfiguration seawall-workloads: OUT OF STEP, there is no authority that it could trust
MutatingWebhookConfiguration seawall-repair: OUT OF STEP, there is no authority that it could trust
leader: none
next: a new authority and certificate
needs a person:
  - the Secret does not exist: start Seawall, or run \`seawall certs init\`
  - nobody leads: no replica renews certificates or fills caBundles
`,
    ]);
  });

  test('rotate says that there is nothing to rotate', async () => {
    expect(await certs('rotate')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'Secret seawall/seawall-certificates does not exist: run `seawall certs init`, or start Seawall\n',
    });
  });

  test('init into a namespace that does not exist says what to do', async () => {
    const { code, stderr } = await certs('init', '--namespace', 'nowhere');
    expect([code, stderr]).toEqual([
      1,
      'seawall: namespace nowhere does not exist: apply the manifests first, or name another (--namespace)\n',
    ]);
  });

  test('init makes the Secret and fills the caBundles, once', async () => {
    expect(await certs('init')).toEqual({
      code: 0,
      stderr: '',
      stdout: `Secret seawall/seawall-certificates made
ValidatingWebhookConfiguration seawall-pods filled
ValidatingWebhookConfiguration seawall-workloads filled
MutatingWebhookConfiguration seawall-repair filled
`,
    });
    const { authority } = (await storedSecret(cluster)) ?? {};
    expect(await trustedAuthorities(cluster)).toEqual([[authority], [authority], [authority]]);
    expect((await certs('init')).stdout).toBe(`Secret seawall/seawall-certificates is there
ValidatingWebhookConfiguration seawall-pods is in step
ValidatingWebhookConfiguration seawall-workloads is in step
MutatingWebhookConfiguration seawall-repair is in step
`);
  });

  test('rotate says that nobody leads, and how to go on', async () => {
    const before = await storedSecret(cluster);
    expect(await certs('rotate')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'nobody leads: see why no replica runs (kubectl -n seawall get pods), then run this again\n',
    });
    expect(await storedSecret(cluster)).toEqual(before);
  });

  describe('with a replica', () => {
    beforeAll(async () => {
      replica = await startReplica(cluster, { identity: 'the-leader' });
      balancer.lead([replica]);
      await waitUntil('it leads', async () =>
        ((await replica?.metrics()) ?? '').includes('\nseawall_leader 1\n') ? true : undefined,
      );
    }, 120_000);

    test('what init made is what it serves', async () => {
      // But for the address of the tests, which init does not know: a certificate of the same authority.
      const { authority } = (await storedSecret(cluster)) ?? {};
      expect(await trustedAuthorities(cluster)).toEqual([[authority], [authority], [authority]]);
    });

    test('rotate tells its steps and ends with what is in force', async () => {
      const before = await storedSecret(cluster);
      const { code, stdout, stderr } = await certs('rotate', '--timeout', '120');
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^asked the-leader to replace authority \S{11}\n/)]);
      const after = await storedSecret(cluster);
      expect(after?.authority).not.toBe(before?.authority);
      expect(stdout).toContain(`authority ${after?.authority ?? ''} signs, until `);
      expect(stdout).toMatch(/^certificate [0-9A-F:]{95} is served, until /m);
    }, 180_000);

    test('status tells each certificate, and that all is in step', async () => {
      const { authority } = (await storedSecret(cluster)) ?? {};
      const wanted = await waitUntil('all in step', async () => {
        const result = await certs('status');
        return result.code === 0 ? result.stdout : undefined;
      });
      expect(wanted).toContain(`authority: CN=seawall.seawall.svc CA `);
      expect(wanted).toContain(`  SHA-256  ${authority ?? ''}\n`);
      expect(wanted).toContain('DNS:seawall.seawall.svc, DNS:seawall.seawall.svc.cluster.local');
      expect(wanted).toMatch(/^leader: the-leader, renewed \d{4}-/m);
      expect(wanted).toMatch(/\nall is in step\n$/);
      const { stdout } = await certs('status', '-o', 'json');
      expect(JSON.parse(stdout)).toMatchObject({
        apiVersion: 'seawall.dev/v1alpha1',
        kind: 'CertificatesStatus',
        secret: 'read',
        leader: { identity: 'the-leader', alive: true },
        configurations: [{ state: 'in-step' }, { state: 'in-step' }, { state: 'in-step' }],
        problems: [],
      });
    });

    test('after it has gone, a broken Secret and the end of its leader need a person', async () => {
      await replica?.stop();
      replica = undefined;
      await patchSecret(cluster, { data: { 'ca.key': null } });
      const { code, stdout } = await certs('status');
      expect(code).toBe(3);
      expect(stdout).toContain('  - the Secret is broken: ca.crt does not belong to its key\n');
      expect(await certs('init')).toMatchObject({
        code: 3,
        stderr:
          'seawall: Secret seawall/seawall-certificates cannot be used: ca.crt does not belong to its key; delete it, and run this again\n',
      });
      await deleteSecret(cluster);
      expect((await certs('init')).code).toBe(0);
    });
  });
});
