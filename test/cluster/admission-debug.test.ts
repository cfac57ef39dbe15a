// Needs the control plane level. Into pods that run: ephemeral containers, debugging of nodes, exec and attach.
import type { GuardedCluster } from './guarded-cluster.ts';
import { refusal, startGuardedCluster, unmendedPod as pod } from './guarded-cluster.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';

describeLevel('control plane', 'debugging before the webhook', () => {
  let cluster: GuardedCluster;

  beforeAll(async () => {
    cluster = await startGuardedCluster();
    // Nothing answers there: whatever kubectl says of the node comes after admission.
    await cluster.controlPlane.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
    await cluster.controlPlane.apply(pod('app', { nodeName: 'node-a' }));
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  describe('kubectl debug', () => {
    const debug = (name: string, profile: string, image = 'busybox') =>
      cluster.kubectl(['debug', 'app', `--container=${name}`, `--profile=${profile}`, `--image=${image}`]);

    test('--profile=baseline and restricted are let through, and the first is repaired', async () => {
      expect(await debug('baseline', 'baseline')).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(await debug('restricted', 'restricted')).toEqual({ code: 0, stdout: '', stderr: '' });
      const { spec } = await cluster.stored('pod', 'app');
      expect(spec.ephemeralContainers?.map(({ name, securityContext }) => [name, securityContext])).toMatchObject([
        ['baseline', { capabilities: { drop: ['NET_RAW'] } }],
        ['restricted', { capabilities: { drop: ['ALL'] } }],
      ]);
    });

    test('--profile=netadmin is refused: it asks for NET_RAW', async () => {
      const { code, stdout, stderr } = await debug('netadmin', 'netadmin');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      const at = 'spec.ephemeralContainers[2].securityContext';
      expect(stderr)
        .toBe(`Warning: seawall: host-capability spec.ephemeralContainers[2].securityContext.capabilities.add[0]: adds NET_ADMIN: changes the...
Error from server (Forbidden): ${refusal('Pod default/app', 1)}- ${at}.capabilities.add[1] (container netadmin): adds NET_RAW: the container opens raw sockets and sniffs its network [net-raw, high]. What to do: Take NET_RAW out of \`add\` and put it in \`drop\`. An unprivileged ping works without it (sysctl \`net.ipv4.ping_group_range\`).
`);
    });

    // The profile that kubectl takes where none is named.
    test('--profile=general is refused: it asks for SYS_PTRACE', async () => {
      const { stderr } = await debug('general', 'general');
      expect(stderr).toContain(`${refusal('Pod default/app', 1)}- spec.ephemeralContainers[2].securityContext`);
      expect(stderr).toContain('(container general): adds SYS_PTRACE: a way to the host [host-capability, high]');
    });

    test('--profile=sysadmin is refused: it is privileged', async () => {
      expect((await debug('sysadmin', 'sysadmin')).stderr).toContain('(container sysadmin): privileged: true brings');
    });

    test('a tool as the image is refused, in a copy of the pod too', async () => {
      const { stderr } = await debug('tool', 'baseline', 'nicolaka/netshoot');
      expect(stderr).toContain(`${refusal('Pod default/app', 1)}- spec.ephemeralContainers[2].image (container tool)`);
      const copy = ['debug', 'app', '--copy-to=copy', '--profile=baseline', '--container=tool'];
      const copied = await cluster.kubectl([...copy, '--image=nicolaka/netshoot']);
      expect(copied.stderr).toContain(`${refusal('Pod default/copy', 1)}- spec.containers[1].image (container tool)`);
    });

    test('of a node is refused', async () => {
      const { code, stderr } = await cluster.kubectl(['debug', 'node/node-a', '--image=busybox']);
      expect(code).toBe(1);
      const lines = stderr.replace(/node-debugger-node-a-\w+/, 'node-debugger').split('\n');
      expect(lines.map((line) => line.replace(/ What to do: .*/, ''))).toEqual([
        'Warning: seawall: host-path spec.volumes[0].hostPath.path: hostPath / leads to the host and gives host access',
        `Error from server (Forbidden): ${refusal('Pod default/node-debugger', 3)}`.trim(),
        "- spec.hostNetwork: hostNetwork: true puts the pod on its node's network [host-network, high].",
        '- spec.hostPID: hostPID: true shows the pod every process of its node [host-pid, high].',
        "- spec.hostIPC: hostIPC: true shares the node's memory segments and queues with the pod [host-ipc, medium].",
        '',
      ]);
    });
  });

  describe('kubectl exec', () => {
    const exec = async (...command: readonly string[]) => {
      const { stderr } = await cluster.kubectl(['exec', 'app', '--container=app', '--', ...command]);
      return stderr;
    };
    const unreached = 'error: unable to upgrade connection: no preferred addresses found; known addresses: []\n';

    test('of a tool is refused before the node is asked', async () => {
      expect(await exec('tcpdump', '-i', 'any')).toBe(
        `error: unable to upgrade connection: ${refusal('exec into Pod default/app', 1)}- command[0] (container app): runs tcpdump (capture); the target's host access is not known, so it counts as having it: Falco's "Launch Suspicious Network Tool on Host" (in a container's cgroup: "... in Container") [network-tool-exec, critical]. What to do: Debug from an ephemeral container of the image that your team approved, in a pod without host access.\n`,
      );
    });

    test('of a tool behind a shell is refused', async () => {
      expect(await exec('sh', '-c', 'cd /tmp && nmap -sn 10.0.0.0/24')).toContain(
        "- command[2] (container app): runs nmap (scanner); the target's host access is not known, so it counts as having it",
      );
    });

    test.each([
      ['ls', ['ls', '/']],
      ['tar, as of kubectl cp', ['tar', 'cf', '-', '/usr/bin/nmap']],
      ['a shell that names a tool', ['sh', '-c', 'echo nmap']],
    ])('of %s gets as far as the node', async (_what, command) => {
      expect(await exec(...command)).toBe(unreached);
    });

    test('that is warned of is in the audit log: kubectl shows no warning on a connection', async () => {
      expect(await exec('dig', 'kubernetes.default')).toBe(unreached);
      const asked = cluster.controlPlane
        .auditEvents()
        .filter(({ stage }) => stage === 'ResponseComplete')
        .filter(({ requestURI }) => requestURI.includes('/pods/app/exec?command=dig&'));
      // By WebSocket, and where that is not had, by SPDY.
      expect(asked.map(({ verb }) => verb)).toEqual(['get', 'create']);
      expect(asked.map(({ annotations }) => annotations?.['pods.seawall.dev/warned'])).toEqual([
        'network-tool-exec at command[0]',
        'network-tool-exec at command[0]',
      ]);
    });

    test('attach gets as far as the node: it joins what already runs', async () => {
      const { stderr } = await cluster.kubectl(['attach', 'app', '--container=app']);
      expect(stderr.endsWith(unreached)).toBe(true);
    });
  });
});
