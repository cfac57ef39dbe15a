// Needs the node level: root on Linux, with containerd, runc and CNI plugins (installed where missing).
import type { ControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import type { ClusterNode } from './harness/node.ts';
import { startNode } from './harness/node.ts';
import { waitUntil } from './harness/wait-until.ts';
import { containerReport, parseReport, witnessContainer, witnessImage } from './harness/witness.ts';
import { startTestWebhook } from './harness/webhook.ts';

const witnessPod = (name: string, securityContext: object = {}, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ ...witnessContainer(), securityContext }],
    ...spec,
  },
});

const rawSocketRefused = 'operation not permitted';
const defaultCapabilities = '00000000a80425fb';

describeLevel('node', 'a node', () => {
  let node: ClusterNode;
  let cluster: ControlPlane;

  beforeAll(async () => {
    node = await startNode();
    cluster = node.controlPlane;
  }, startTimeoutMs);

  afterAll(async () => {
    await node.stop();
  });

  describe('what a container may', () => {
    test.each([
      ['nothing asked', {}, defaultCapabilities, 'opens'],
      ['drop NET_RAW', { capabilities: { drop: ['NET_RAW'] } }, '00000000a80405fb', rawSocketRefused],
      // The runtime knows no capability CAP_CAP_NET_RAW, and drops nothing.
      ['drop CAP_NET_RAW', { capabilities: { drop: ['CAP_NET_RAW'] } }, defaultCapabilities, 'opens'],
      ['drop ALL, add NET_RAW', { capabilities: { drop: ['ALL'], add: ['NET_RAW'] } }, '0000000000002000', 'opens'],
      ['drop all, add net_raw', { capabilities: { drop: ['all'], add: ['net_raw'] } }, '0000000000002000', 'opens'],
      ['drop ALL', { capabilities: { drop: ['ALL'] } }, '0000000000000000', rawSocketRefused],
    ])('%s', async (name, securityContext, effective, rawSocket) => {
      const pod = name.toLowerCase().replaceAll(/[^a-z]+/g, '-') + (/[A-Z]/.test(name) ? '-upper' : '');
      await cluster.apply(witnessPod(pod, securityContext));
      const report = await containerReport(cluster, pod);
      expect({ effective: report.capabilities.effective, rawSocket: report.rawSocket }).toEqual({
        effective,
        rawSocket,
      });
    });

    test('privileged, drop ALL: all that the runtime has', async () => {
      await cluster.apply(witnessPod('privileged', { privileged: true, capabilities: { drop: ['ALL'] } }));
      const { capabilities, rawSocket } = await containerReport(cluster, 'privileged');
      expect(rawSocket).toBe('opens');
      // The machine itself may lack some; what a privileged container lacks, its bounding set lacks too.
      expect(capabilities.effective).toBe(capabilities.bounding);
      expect(BigInt(`0x${capabilities.effective}`) & BigInt(`0x${defaultCapabilities}`)).toBe(
        BigInt(`0x${defaultCapabilities}`),
      );
    });

    test('an ephemeral container of kubectl debug --profile=netadmin opens a raw socket', async () => {
      await cluster.apply(witnessPod('debugged', { capabilities: { drop: ['ALL'] } }));
      expect((await containerReport(cluster, 'debugged')).rawSocket).toBe(rawSocketRefused);
      const { code, stderr } = await cluster.kubectl([
        'debug',
        'debugged',
        `--image=${witnessImage}`,
        '--image-pull-policy=Never',
        '--profile=netadmin',
        '--container=debugger',
        '--arguments-only',
        '--',
        'report-and-pause',
      ]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const report = await containerReport(cluster, 'debugged', 'debugger');
      expect(report.rawSocket).toBe('opens');
    });
  });

  test('a pod sees its own network and processes, one with host access sees those of the node', async () => {
    await cluster.apply([witnessPod('isolated'), witnessPod('on-host', {}, { hostNetwork: true, hostPID: true })]);
    const isolated = await containerReport(cluster, 'isolated');
    const onHost = await containerReport(cluster, 'on-host');
    expect([...isolated.interfaces].sort()).toEqual(['eth0', 'lo']);
    expect(isolated.processes).toBe(1);
    expect(onHost.interfaces.filter((name) => name.startsWith('veth'))).not.toEqual([]);
    expect(onHost.processes).toBeGreaterThan(10);
  });

  test('kubectl exec runs in the container', async () => {
    await cluster.apply(witnessPod('entered', { capabilities: { drop: ['ALL'] } }));
    await containerReport(cluster, 'entered');
    const { code, stdout } = await cluster.kubectl(['exec', 'entered', '--', '/witness', 'report']);
    expect(code).toBe(0);
    expect(parseReport(stdout)).toMatchObject({ rawSocket: rawSocketRefused, hostname: 'entered' });
  });

  test('a pod of a Deployment is scheduled and runs', async () => {
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: witnessPod('web').spec },
      },
    });
    const { code, stderr } = await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('the API server reaches a webhook pod by its Service, and a webhook of this process by its url', async () => {
    const { certificate, key } = cluster.ca.issue({ commonName: 'refuser', names: ['refuser.default.svc'] });
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'refuser' }, stringData: { certificate, key } },
      witnessPod(
        'refuser',
        {},
        {
          containers: [
            {
              ...witnessContainer('refuser'),
              args: ['admit', '/tls/certificate', '/tls/key'],
              readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
              volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
            },
          ],
          volumes: [{ name: 'tls', secret: { secretName: 'refuser' } }],
        },
      ),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'refuser' },
        spec: { selector: { app: 'refuser' }, ports: [{ port: 443, targetPort: 8443 }] },
      },
    ]);
    await cluster.kubectl(['wait', 'pod/refuser', '--for=condition=Ready', '--timeout=30s']);
    const own = await startTestWebhook(cluster, () => ({ allowed: true, warnings: ['seen by the test'] }));
    await node.network.expose(own.port);
    const service = { namespace: 'default', name: 'refuser' };
    await cluster.apply(configuration([own.clientConfig, { service, caBundle: own.clientConfig.caBundle }]));
    const refusal = await waitUntil('the refusal', async () => {
      const { code, stderr } = await cluster.kubectl(['create', 'configmap', 'judged']);
      return code === 0 ? undefined : stderr;
    });
    expect(refusal).toBe(
      'Warning: seen by the test\n' +
        'error: failed to create configmap: admission webhook "webhook-1.test.example" denied the request: refused by the witness behind its Service\n',
    );
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'test']);
    await own.close();
  });
});

function configuration(clientConfigs: readonly object[]): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'test' },
    webhooks: clientConfigs.map((clientConfig, index) => ({
      name: `webhook-${index}.test.example`,
      clientConfig,
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
    })),
  };
}
