// Needs the control plane level. Seawall among other webhooks, and a cluster that Seawall does not answer.
import type { GuardedCluster } from './guarded-cluster.ts';
import { refusal, startGuardedCluster, unmendedPod as pod } from './guarded-cluster.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import type { TestWebhook } from './harness/webhook.ts';
import { startTestWebhook } from './harness/webhook.ts';

/** The patch that an injector makes, by the label of a pod. */
const injected: ReadonlyMap<string | undefined, object> = new Map([
  ['mesh', { name: 'mesh', image: 'mesh' }],
  ['tool', { name: 'tool', image: 'nicolaka/netshoot' }],
]);

describeLevel('control plane', 'mutation', () => {
  let cluster: GuardedCluster;
  let injector: TestWebhook;

  beforeAll(async () => {
    cluster = await startGuardedCluster();
    injector = await startTestWebhook(cluster.controlPlane, ({ object }) => {
      const { metadata } = object as { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } };
      const value = injected.get(metadata.labels?.['inject']);
      if (value === undefined) return { allowed: true };
      const patch = JSON.stringify([{ op: 'add', path: '/spec/containers/-', value }]);
      return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(patch).toString('base64') };
    });
    // Webhooks are asked in the order of the names of their configurations: this one after seawall-repair.
    await cluster.controlPlane.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'sidecar-injector' },
      webhooks: [
        {
          name: 'injector.test.example',
          clientConfig: injector.clientConfig,
          rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
        },
      ],
    });
    await waitUntil('the injector to be asked', async () => {
      await cluster.send(['create', '--dry-run=server'], pod('probe'));
      return injector.requests.length > 0 ? true : undefined;
    });
  }, startTimeoutMs);
  afterAll(async () => {
    await injector.close();
    await cluster.stop();
  });

  test('a container that another webhook adds afterwards is repaired too', async () => {
    const meshed = pod('meshed', {}, {}, { labels: { inject: 'mesh' } });
    expect(await cluster.send(['create'], meshed)).toEqual({ code: 0, stdout: 'pod/meshed created\n', stderr: '' });
    const { spec } = await cluster.stored('pod', 'meshed');
    expect(spec.containers.map(({ name, securityContext }) => [name, securityContext])).toEqual([
      ['app', { capabilities: { drop: ['NET_RAW'] } }],
      ['mesh', { capabilities: { drop: ['NET_RAW'] } }],
    ]);
  });

  test('a tool that another webhook adds is refused', async () => {
    const { stderr } = await cluster.send(['create'], pod('tooled', {}, {}, { labels: { inject: 'tool' } }));
    expect(stderr).toContain(`${refusal('Pod default/tooled', 1)}- spec.containers[1].image (container tool)`);
  });

  test('while Seawall does not answer, no pod is made, and workloads are written as before', async () => {
    await cluster.stopSeawall();
    const { code, stderr } = await cluster.send(['create'], pod('unjudged'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error from server \(InternalError\): error when creating "STDIN": Internal error occurred: failed calling webhook "pods\.seawall\.dev": failed to call webhook: Post "https:\/\/127\.0\.0\.1:\d+\/validate\?timeout=5s": dial tcp 127\.0\.0\.1:\d+: connect: connection refused\n$/,
    );
    const deployment = await cluster.kubectl(['create', 'deployment', 'unjudged', '--image=nicolaka/netshoot']);
    expect(deployment).toEqual({ code: 0, stdout: 'deployment.apps/unjudged created\n', stderr: '' });
  });
});
