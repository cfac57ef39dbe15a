// Needs the control plane level. Seawall's own webhook stands before a real API server, and the real kubectl prints.
import type { Fields } from '../support/pods.ts';
import type { GuardedCluster } from './guarded-cluster.ts';
import { refusal, startGuardedCluster, unmendedPod as pod } from './guarded-cluster.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

describeLevel('control plane', 'pods before the webhook', () => {
  let cluster: GuardedCluster;

  beforeAll(async () => {
    cluster = await startGuardedCluster();
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  const create = (object: Fields, ...flags: readonly string[]) => cluster.send(['create', ...flags], object);

  describe('kubectl create', () => {
    test('makes a benign pod and repairs it, and says nothing of it', async () => {
      expect(await create(pod('benign'))).toEqual({ code: 0, stdout: 'pod/benign created\n', stderr: '' });
      const { spec } = await cluster.stored('pod', 'benign');
      expect(spec.containers.map(({ securityContext }) => securityContext)).toEqual([
        { capabilities: { drop: ['NET_RAW'] } },
      ]);
    });

    test('a pod on the host network is refused', async () => {
      expect(await create(pod('on-host', { hostNetwork: true }))).toEqual({
        code: 1,
        stdout: '',
        stderr: `Error from server (Forbidden): error when creating "STDIN": admission webhook "pods.seawall.dev" denied the request: Seawall refuses Pod default/on-host by policy default: 1 finding
- spec.hostNetwork: hostNetwork: true puts the pod on its node's network [host-network, high]. What to do: Remove \`hostNetwork: true\`. Publish ports through a Service; where a node agent needs the host network, write an exemption for it.
`,
      });
    });

    test('netshoot is refused', async () => {
      expect(await create(pod('shoot', {}, { image: 'nicolaka/netshoot:v0.13' }))).toEqual({
        code: 1,
        stdout: '',
        stderr: `Error from server (Forbidden): error when creating "STDIN": admission webhook "pods.seawall.dev" denied the request: Seawall refuses Pod default/shoot by policy default: 1 finding
- spec.containers[0].image (container app): image is a network tool (swiss-army: netshoot) [network-tool-image, high]. What to do: Use the application's own image; to debug, ask for an exemption with an end date.
`,
      });
    });

    test('a tool with host access is refused with the name of the Falco rule, the worst first', async () => {
      const securityContext = { capabilities: { add: ['NET_ADMIN'] } };
      const tool = pod('tool', { hostPID: true }, { command: ['tcpdump', '-i', 'any'], securityContext });
      expect(await create(tool)).toEqual({
        code: 1,
        stdout: '',
        stderr: `Warning: seawall: host-capability spec.containers[0].securityContext.capabilities.add[0]: adds NET_ADMIN: changes the network ...
Error from server (Forbidden): error when creating "STDIN": admission webhook "pods.seawall.dev" denied the request: Seawall refuses Pod default/tool by policy default: 2 findings
- spec.containers[0].command[0] (container app): runs tcpdump (capture) with host access (hostPID, NET_ADMIN): Falco's "Launch Suspicious Network Tool on Host" (in a container's cgroup: "... in Container") [network-tool-command, critical]. What to do: Do the check inside the application (a probe of type tcpSocket or grpc, a client library's retry) instead of running a network tool.
- spec.hostPID: hostPID: true shows the pod every process of its node [host-pid, high]. What to do: Remove \`hostPID: true\`; to see the processes of the same pod use \`shareProcessNamespace: true\`.
`,
      });
    });

    test('an init container that waits with nc is warned of, and both containers are repaired', async () => {
      const command = ['sh', '-c', 'until nc -z db 5432; do sleep 1; done'];
      const waits = pod('waits', { initContainers: [{ name: 'wait-for-db', image: 'busybox', command }] });
      expect(await create(waits)).toEqual({
        code: 0,
        stdout: 'pod/waits created\n',
        stderr: 'Warning: seawall: network-tool-command spec.initContainers[0].command[2]: runs nc (relay)\n',
      });
      const { spec } = await cluster.stored('pod', 'waits');
      expect(JSON.stringify(spec).match(/"drop":\["NET_RAW"\]/g)).toHaveLength(2);
    });

    test('of a pod with a generateName: repaired and named, or refused without the name that nobody has seen', async () => {
      const made = await create(pod(undefined, {}, {}, { generateName: 'made-' }));
      expect(made.stdout).toMatch(/^pod\/made-\w{5} created\n$/);
      const refused = await create(pod(undefined, { hostIPC: true }, {}, { generateName: 'made-' }));
      expect(refused.stderr).toContain('Seawall refuses Pod default/made-* by policy default: 1 finding');
    });

    test('--dry-run=server gets the same answers, and nothing is recorded', async () => {
      const onHost = pod('on-host', { hostNetwork: true });
      const refused = await create(onHost);
      const lines = cluster.logLines().length;
      const metrics = await cluster.decisionMetrics();
      expect(await create(onHost, '--dry-run=server')).toEqual(refused);
      const path = 'jsonpath={.spec.containers[0].securityContext}';
      expect(await create(pod('dry'), '--dry-run=server', '-o', path)).toEqual({
        code: 0,
        stdout: '{"capabilities":{"drop":["NET_RAW"]}}',
        stderr: '',
      });
      expect((await cluster.kubectl(['get', 'pod', 'dry'])).stderr).toBe(
        'Error from server (NotFound): pods "dry" not found\n',
      );
      expect(cluster.logLines()).toHaveLength(lines);
      expect(await cluster.decisionMetrics()).toBe(metrics);
    });

    test("in Seawall's own namespace nothing is judged", async () => {
      await cluster.kubectl(['create', 'namespace', 'seawall']);
      await waitUntil('the ServiceAccount of the namespace', async () => {
        const { code } = await cluster.kubectl(['get', 'serviceaccount', 'default', '--namespace=seawall']);
        return code === 0 ? true : undefined;
      });
      const { stdout } = await create(pod('on-host', { hostNetwork: true }), '--namespace=seawall');
      expect(stdout).toBe('pod/on-host created\n');
    });

    test("and no other namespace can pass for Seawall's own", async () => {
      const label = 'kubernetes.io/metadata.name=seawall';
      await cluster.kubectl(['label', 'namespace', 'default', '--overwrite', label]);
      expect((await create(pod('on-host', { hostNetwork: true }))).stderr).toContain(refusal('Pod default/on-host', 1));
    });
  });

  describe('kubectl apply', () => {
    test('of a list makes the good and refuses the bad', async () => {
      const items = [pod('good'), pod('bad', { hostNetwork: true })];
      const applied = await cluster.send(['apply'], { apiVersion: 'v1', kind: 'List', items });
      expect({ code: applied.code, stdout: applied.stdout }).toEqual({ code: 1, stdout: 'pod/good created\n' });
      expect(applied.stderr).toContain(refusal('Pod default/bad', 1));
    });

    test('--server-side is refused as well', async () => {
      const { code, stderr } = await cluster.send(['apply', '--server-side'], pod('bad', { hostNetwork: true }));
      expect(code).toBe(1);
      expect(stderr).toContain(`Error from server (Forbidden): ${refusal('Pod default/bad', 1)}`);
    });
  });

  describe('kubectl run', () => {
    test('makes a repaired pod', async () => {
      const { stdout, stderr } = await cluster.kubectl(['run', 'web', '--image=nginx']);
      expect({ stdout, stderr }).toEqual({ stdout: 'pod/web created\n', stderr: '' });
      const { spec } = await cluster.stored('pod', 'web');
      expect(spec.containers[0]?.securityContext).toEqual({ capabilities: { drop: ['NET_RAW'] } });
    });

    test.each([
      ['a tool as the image', ['--image=nicolaka/netshoot'], 'image is a network tool (swiss-army: netshoot)'],
      [
        'a tool as the command',
        ['--image=alpine', '--command', '--', 'nmap', '-sS', '10.0.0.0/8'],
        'runs nmap (scanner)',
      ],
      ['a tool as the arguments', ['--image=alpine', '--', 'sh', '-c', 'apk add nmap'], 'installs nmap (scanner)'],
      ['overrides', ['--image=nginx', '--overrides={"spec":{"hostPID":true}}'], 'hostPID: true shows the pod'],
      ['--privileged', ['--image=nginx', '--privileged'], 'privileged: true brings every capability'],
    ])('%s is refused', async (_what, flags, message) => {
      const { code, stderr } = await cluster.kubectl(['run', 'bad', ...flags]);
      expect(code).toBe(1);
      expect(stderr).toContain(refusal('Pod default/bad', 1));
      expect(stderr).toContain(message);
    });
  });

  test('the audit log of the API server tells of each decision', async () => {
    const command = ['nc', '-z', 'db', '5432'];
    await create(pod('audited', { hostPID: true }), '--field-manager=refused');
    await create(pod('audited', {}, { command }), '--field-manager=warned');
    await create(pod('dug', {}, { command: ['dig', 'db'] }), '--field-manager=noted');
    const annotationsOf = (fieldManager: string) => {
      const event = cluster.controlPlane.auditEvents().find(({ requestURI }) => requestURI.includes(fieldManager));
      return Object.entries(event?.annotations ?? {}).filter(([key]) => key.includes('.seawall.dev/'));
    };
    const repaired = ['repair.seawall.dev/repaired', 'dropped NET_RAW from app'];
    expect(annotationsOf('refused')).toEqual([['pods.seawall.dev/denied', 'host-pid at spec.hostPID'], repaired]);
    expect(annotationsOf('warned')).toEqual([
      ['pods.seawall.dev/warned', 'network-tool-command at spec.containers[0].command[0]'],
      repaired,
    ]);
    expect(annotationsOf('noted')).toEqual([
      ['pods.seawall.dev/audited', 'network-tool-command at spec.containers[0].command[0]'],
      repaired,
    ]);
  });
});
