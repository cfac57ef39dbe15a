// Needs the node level. Seawall as its users install it: the image of our Dockerfile, and kubectl apply -k manifests.
import { certManagerKinds } from './cert-manager-kinds.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import type { InstalledSeawall } from './harness/install-seawall.ts';
import { installSeawall } from './harness/install-seawall.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import type { ClusterNode } from './harness/node.ts';
import { startNode } from './harness/node.ts';
import { seawallArchive } from './harness/seawall-image.ts';
import { createPodsSteadily } from './harness/steady-pods.ts';
import { waitUntil } from './harness/wait-until.ts';
import { containerReport, witnessContainer } from './harness/witness.ts';

const witnessPod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { terminationGracePeriodSeconds: 1, containers: [witnessContainer()], ...spec },
});

const webhookConfigurations = 'validatingwebhookconfigurations,mutatingwebhookconfigurations';
const everything = `namespaces,clusterroles,clusterrolebindings,${webhookConfigurations}`;
const ours = ['-l', 'app.kubernetes.io/name=seawall'];

describeLevel('node', 'Seawall, installed', () => {
  let node: ClusterNode;
  let cluster: ControlPlane;
  let installed: InstalledSeawall;

  beforeAll(async () => {
    await seawallArchive();
    node = await startNode();
    cluster = node.controlPlane;
  }, startTimeoutMs);
  afterAll(() => node.stop());

  const printed = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout.trimEnd();
  const create = (object: object) => cluster.kubectl(['create', '-f', '-'], { stdin: JSON.stringify(object) });

  describe('all at once', () => {
    beforeAll(async () => {
      const pods = createPodsSteadily(cluster);
      installed = await installSeawall(node);
      const { asked, refused, refusedForMs, message } = await pods.stop();
      process.stderr.write(
        `install: pods elsewhere were refused for ${refusedForMs} ms (${refused} of ${asked}); ${message}\n`,
      );
    }, startTimeoutMs);

    test('both replicas are ready, and are harmless themselves', async () => {
      expect(await installed.pods()).toHaveLength(2);
      const ready = 'jsonpath={.status.readyReplicas}';
      expect(await printed('-n', 'seawall', 'get', 'deployment', 'seawall', '-o', ready)).toBe('2');
      expect(await installed.logs()).not.toMatch(/"level":"(error|fatal)"/);
    });

    test('it has made its certificates, and every configuration trusts them', async () => {
      const type = await printed('-n', 'seawall', 'get', 'secret', 'seawall-certificates', '-o', 'jsonpath={.type}');
      expect(type).toBe('Opaque');
      const path = 'jsonpath={.items[*].webhooks[*].clientConfig.caBundle}';
      const bundles = (await printed('get', webhookConfigurations, '-o', path)).split(' ');
      expect(bundles).toHaveLength(3);
      expect(new Set(bundles).size).toBe(1);
      expect(Buffer.from(bundles[0] ?? '', 'base64').toString()).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    });

    test('a pod on the host network is refused, through the Service', async () => {
      const { code, stderr } = await create(witnessPod('on-host', { hostNetwork: true }));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^Error from server \(Forbidden\): error when creating "STDIN": admission webhook "pods\.seawall\.dev" denied the request: Seawall refuses Pod default\/on-host by policy default: 1 finding\n- spec\.hostNetwork: /,
      );
    });

    test('a harmless pod runs, repaired: the kernel gives it no raw socket', async () => {
      expect(await create(witnessPod('harmless'))).toEqual({
        code: 0,
        stdout: 'pod/harmless created\n',
        stderr: '',
      });
      expect((await containerReport(cluster, 'harmless')).rawSocket).toBe('operation not permitted');
    });

    test('a second apply disturbs nothing', async () => {
      const before = await installed.pods();
      const pods = createPodsSteadily(cluster);
      expect((await installed.apply()).code).toBe(0);
      await installed.rolledOut();
      expect(await pods.stop()).toMatchObject({ refused: 0, message: '' });
      expect(await installed.pods()).toEqual(before);
    });

    test('kubectl delete -k leaves nothing behind, and pods start', async () => {
      const pods = createPodsSteadily(cluster);
      expect(await installed.uninstall()).toMatchObject({ code: 0, stderr: '' });
      // The Service goes some requests before the webhooks that name it.
      const { asked, refused, refusedForMs } = await pods.stop();
      process.stderr.write(
        `install: taken away, pods elsewhere refused: ${refused} of ${asked} in ${refusedForMs} ms\n`,
      );
      expect(await printed('get', everything, ...ours, '-o', 'name')).toBe('');
      expect((await create(witnessPod('on-host', { hostNetwork: true }))).code).toBe(0);
    });
  });

  describe('on a cluster at work, as docs/install.md says', () => {
    const pods: { steady?: ReturnType<typeof createPodsSteadily> } = {};
    beforeAll(() => {
      pods.steady = createPodsSteadily(cluster);
    });
    afterAll(() => installed.uninstall());

    test(
      'audit-only first refuses nothing, and armed then it refuses host networking',
      async () => {
        await installSeawall(node, { overlay: 'audit-only' });
        const onHost = JSON.stringify(witnessPod('on-host-again', { hostNetwork: true }));
        const send = () => cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { stdin: onHost });
        expect(await send()).toEqual({ code: 0, stdout: 'pod/on-host-again created (server dry run)\n', stderr: '' });
        installed = await installSeawall(node, { wait: false });
        // A change of a pod makes the kubelet look at its ConfigMap at once, instead of within a minute or so.
        await cluster.kubectl(['-n', 'seawall', 'annotate', 'pods', '--all', 'seawall.dev/policy=armed']);
        await waitUntil('a refusal', async () => ((await send()).code === 0 ? undefined : true), {
          timeoutMs: 120_000,
        });
      },
      startTimeoutMs,
    );

    test('the webhooks taken away first, and the rest then', async () => {
      const first = await cluster.kubectl(['delete', webhookConfigurations, ...ours]);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      const rest = await cluster.kubectl(['delete', '-k', installed.kustomization, '--ignore-not-found'], {
        timeoutMs: 120_000,
      });
      expect(rest).toMatchObject({ code: 0, stderr: '' });
    });

    test('no harmless pod was refused at any time', async () => {
      expect(await pods.steady?.stop()).toMatchObject({ refused: 0, message: '' });
    });
  });

  describe('with cert-manager, whose part the test plays', () => {
    beforeAll(async () => {
      await cluster.apply([...certManagerKinds]);
      await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
      installed = await installSeawall(node, { overlay: 'cert-manager', wait: false });
      const { certificate, key } = cluster.ca.issue({ commonName: 'seawall', names: ['seawall.seawall.svc'] });
      await cluster.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name: 'seawall-tls', namespace: 'seawall' },
        stringData: { 'tls.crt': certificate, 'tls.key': key },
      });
      const caBundle = Buffer.from(cluster.ca.certificate).toString('base64');
      const patch = JSON.stringify([{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }]);
      for (const name of (await printed('get', webhookConfigurations, '-o', 'name')).split('\n')) {
        await cluster.kubectl(['patch', name, '--type=json', '-p', patch]);
      }
      await installed.rolledOut();
    }, startTimeoutMs);
    afterAll(() => installed.uninstall());

    test('it serves the mounted certificate: a pod on the host network is refused, a harmless one runs repaired', async () => {
      const refused = await waitUntil('a refusal', async () => {
        const { stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], {
          stdin: JSON.stringify(witnessPod('on-host-once-more', { hostNetwork: true })),
        });
        return stderr.includes('Seawall refuses') ? stderr : undefined;
      });
      expect(refused).toContain('[host-network, high]');
      expect((await create(witnessPod('harmless-too'))).code).toBe(0);
      expect((await containerReport(cluster, 'harmless-too')).rawSocket).toBe('operation not permitted');
    });

    test('it made no Secret of its own', async () => {
      expect(await printed('-n', 'seawall', 'get', 'secrets', '-o', 'name')).toBe('secret/seawall-tls');
    });
  });
});
