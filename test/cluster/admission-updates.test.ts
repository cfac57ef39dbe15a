// Needs the control plane level. What kubectl does to pods that are there, those from before Seawall came among them.
import type { GuardedCluster } from './guarded-cluster.ts';
import { refusal, startGuardedCluster, unmendedPod as pod } from './guarded-cluster.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

const repairedContext = { capabilities: { drop: ['NET_RAW'] } };
const netshoot = '{"spec":{"containers":[{"name":"app","image":"nicolaka/netshoot"}]}}';

describeLevel('control plane', 'updates before the webhook', () => {
  let cluster: GuardedCluster;

  beforeAll(async () => {
    cluster = await startGuardedCluster({
      before: async (controlPlane) => {
        await controlPlane.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
        const allocatable = { cpu: '2', memory: '2Gi', pods: '10' };
        const status = JSON.stringify({ status: { allocatable, capacity: allocatable } });
        await controlPlane.kubectl(['patch', 'node', 'node-a', '--subresource=status', '-p', status]);
        const onNode = { hostNetwork: true, nodeName: 'node-a' };
        const resources = { requests: { cpu: '10m' }, limits: { cpu: '100m' } };
        await controlPlane.apply([
          pod('old', onNode, { resources }),
          pod('old-held', onNode, {}, { finalizers: ['test.example/hold'] }),
        ]);
      },
    });
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  /** kubectl, told in the order in which a person would read it. */
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await cluster.kubectl(args);
    return { code, printed: stderr + stdout };
  };

  describe('of a pod that was repaired', () => {
    test('a second apply of the same manifest changes nothing', async () => {
      const apply = () => cluster.send(['apply'], pod('applied'));
      expect(await apply()).toEqual({ code: 0, stdout: 'pod/applied created\n', stderr: '' });
      expect(await apply()).toEqual({ code: 0, stdout: 'pod/applied unchanged\n', stderr: '' });
    });

    test('a second server-side apply has no conflict, by another manager neither, and the repair stays', async () => {
      const applied = { code: 0, stdout: 'pod/owned serverside-applied\n', stderr: '' };
      expect(await cluster.send(['apply', '--server-side'], pod('owned'))).toEqual(applied);
      expect(await cluster.send(['apply', '--server-side'], pod('owned'))).toEqual(applied);
      const asGitOps = ['apply', '--server-side', '--field-manager=gitops'];
      expect(await cluster.send(asGitOps, pod('owned'))).toEqual(applied);
      const { spec, metadata } = await cluster.stored('pod', 'owned');
      expect(spec.containers[0]?.securityContext).toEqual(repairedContext);
      // Nobody owns what the webhook wrote, and so nobody can be in conflict over it.
      expect(JSON.stringify(metadata.managedFields)).not.toContain('f:securityContext');
      expect(metadata.managedFields).toHaveLength(2);
    });

    test('what was read is written back by replace', async () => {
      await cluster.send(['create'], pod('replaced'));
      const { metadata, ...read } = await cluster.stored('pod', 'replaced');
      const { code, stdout } = await cluster.send(['replace'], {
        ...read,
        metadata: { ...metadata, labels: { team: 'a' } },
      });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'pod/replaced replaced\n' });
    });

    test('replace --force makes it anew, and is judged as that', async () => {
      await cluster.send(['create'], pod('forced'));
      const { code, stdout, stderr } = await cluster.send(['replace', '--force'], pod('forced', { hostNetwork: true }));
      expect({ code, stdout }).toEqual({ code: 1, stdout: 'pod "forced" deleted from default namespace\n' });
      expect(stderr).toContain(refusal('Pod default/forced', 1));
    });

    test.each([
      ['patch', ['patch', 'pod', 'changed', '-p', netshoot]],
      ['set image', ['set', 'image', 'pod/changed', 'app=nicolaka/netshoot']],
    ])('a tool that comes by %s is refused', async (_verb, args) => {
      await cluster.send(['create'], pod('changed'));
      const { code, printed } = await run(...args);
      expect(code).toBe(1);
      expect(printed).toContain(refusal('Pod default/changed', 1));
    });
  });

  describe('of a pod from before the webhook', () => {
    const warnings = `Warning: seawall: host-network spec.hostNetwork: hostNetwork: true puts the pod on its node's network
Warning: seawall: net-raw-default spec.containers[0]: keeps NET_RAW from the runtime's default set
`;

    test('a label passes with a warning', async () => {
      expect(await run('label', 'pod', 'old', 'team=a')).toEqual({ code: 0, printed: `${warnings}pod/old labeled\n` });
    });

    test('a finalizer passes', async () => {
      const finalizers = '[{"op":"add","path":"/metadata/finalizers","value":["test.example/hold"]}]';
      const { code } = await run('patch', 'pod', 'old', '--type=json', '-p', finalizers);
      expect(code).toBe(0);
      expect((await run('patch', 'pod', 'old', '-p', '{"metadata":{"finalizers":null}}')).code).toBe(0);
    });

    test('a resize in place passes', async () => {
      const resources = { requests: { cpu: '20m' } };
      const resize = JSON.stringify({ spec: { containers: [{ name: 'app', resources }] } });
      expect(await run('patch', 'pod', 'old', '--subresource=resize', '-p', resize)).toEqual({
        code: 0,
        printed: 'pod/old patched\n',
      });
    });

    test('a container that joins it is judged alone', async () => {
      const join = (name: string, image: string) =>
        run('debug', 'old', '--profile=baseline', `--container=${name}`, `--image=${image}`);
      expect(await join('shell', 'busybox')).toEqual({ code: 0, printed: warnings });
      const refused = await join('tool', 'nicolaka/netshoot');
      expect(refused.code).toBe(1);
      expect(refused.printed).toContain(`${refusal('Pod default/old', 1)}- spec.ephemeralContainers[1].image`);
    });

    test('a new violation is refused, with the host access that the old one gives it', async () => {
      const { code, printed } = await run('set', 'image', 'pod/old', 'app=nicolaka/netshoot');
      expect(code).toBe(1);
      expect(printed)
        .toBe(`${warnings}error: failed to patch image update to pod template: ${refusal('Pod default/old', 1)}- spec.containers[0].image (container app): image is a network tool (swiss-army: netshoot) with host access (hostNetwork): Falco's "Launch Suspicious Network Tool on Host" (in a container's cgroup: "... in Container") [network-tool-image, critical]. What to do: Use the application's own image; to debug, ask for an exemption with an end date.
`);
    });

    test('its deletion passes, and so does the end of its finalizers, without a word', async () => {
      expect((await run('delete', 'pod', 'old-held', '--wait=false')).code).toBe(0);
      expect(await run('patch', 'pod', 'old-held', '-p', '{"metadata":{"finalizers":null}}')).toEqual({
        code: 0,
        printed: 'pod/old-held patched\n',
      });
      expect((await run('delete', 'pod', 'old-held', '--force', '--ignore-not-found')).code).toBe(0);
      await waitUntil('the end of the pod', async () =>
        (await run('get', 'pod', 'old-held')).code === 0 ? undefined : true,
      );
    });
  });

  describe('a mirror pod', () => {
    const asNode = { as: 'system:node:node-a', groups: ['system:nodes', 'system:authenticated'] };
    const mirror = async (name: string) => {
      const uid = (await run('get', 'node', 'node-a', '-o', 'jsonpath={.metadata.uid}')).printed;
      const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid, controller: true };
      return pod(
        name,
        { hostNetwork: true, nodeName: 'node-a' },
        { image: 'nicolaka/netshoot' },
        { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner] },
      );
    };

    test("of the node's own kubelet is neither refused nor repaired", async () => {
      const flags = ['create', '--field-manager=kubelet-of-node-a'];
      expect(await cluster.send(flags, await mirror('mirror'), asNode)).toEqual({
        code: 0,
        stdout: 'pod/mirror created\n',
        stderr: '',
      });
      expect((await cluster.stored('pod', 'mirror')).spec.containers[0]?.securityContext).toBeUndefined();
      const event = cluster.controlPlane
        .auditEvents()
        .find(({ requestURI }) => requestURI.includes('kubelet-of-node-a'));
      expect(event?.annotations).toMatchObject({
        'pods.seawall.dev/spared': 'mirror-pod',
        'pods.seawall.dev/audited':
          'host-network at spec.hostNetwork; network-tool-image at spec.containers[0].image; net-raw-default at spec.containers[0]',
      });
    });

    test('that anybody else makes is refused', async () => {
      const { code, stderr } = await cluster.send(['create'], await mirror('forged'));
      expect(code).toBe(1);
      expect(stderr).toContain(refusal('Pod default/forged', 2));
    });
  });
});
