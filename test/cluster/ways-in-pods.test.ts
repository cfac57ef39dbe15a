// Needs the control plane level. The less used ways to make a pod, to change one, and to act on one that is there.
import type { Fields } from '../support/pods.ts';
import { benignImage } from '../support/pods.ts';
import type { GuardedCluster, StoredObject } from './guarded-cluster.ts';
import { refusal, startGuardedCluster, unmendedPod as pod } from './guarded-cluster.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

const podsPath = '/api/v1/namespaces/default/pods';
const tool = 'nicolaka/netshoot:v0.13';

describeLevel('control plane', 'ways in for pods', () => {
  let cluster: GuardedCluster;

  beforeAll(async () => {
    cluster = await startGuardedCluster({
      before: async ({ kubectl, ...controlPlane }) => {
        await controlPlane.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
        const allocatable = { cpu: '2', memory: '2Gi', pods: '10' };
        const status = JSON.stringify({ status: { allocatable, capacity: allocatable } });
        await kubectl(['patch', 'node', 'node-a', '--subresource=status', '-p', status]);
        await controlPlane.apply(pod('old', { hostNetwork: true, nodeName: 'node-a' }));
        await controlPlane.apply(pod('old-evicted', { hostNetwork: true, nodeName: 'node-a' }));
      },
    });
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  const create = (object: Fields, ...flags: readonly string[]) => cluster.send(['create', ...flags], object);
  const request: GuardedCluster['controlPlane']['request'] = (...args) => cluster.controlPlane.request(...args);
  const messageOf = ({ body }: { readonly body: unknown }) => (body as { readonly message?: string }).message;

  describe('a request that no kubectl makes', () => {
    const yaml = (name: string, spec: string) =>
      `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {${spec}, containers: [{name: app, image: x}]}}`;

    test.each([
      ['a YAML body', 'POST', '', 'application/yaml', yaml('raw', 'hostNetwork: true')],
      ['the fields twice in one body', 'POST', '', 'application/yaml', yaml('raw', 'hostPID: false, hostPID: true')],
      [
        'server-side apply of what is not there',
        'PATCH',
        '/raw?fieldManager=a',
        'application/apply-patch+yaml',
        yaml('raw', 'hostIPC: true'),
      ],
    ])('%s is refused', async (_what, method, path, contentType, body) => {
      const answer = await request(method, `${podsPath}${path}`, body, { contentType });
      expect(answer.status).toBe(403);
      expect(messageOf(answer)).toContain(refusal('Pod default/raw', 1));
    });

    test('with a generateName is told without a name', async () => {
      const answer = await request('POST', podsPath, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { generateName: 'raw-' },
        spec: { hostNetwork: true, containers: [{ name: 'app', image: tool }] },
      });
      expect(messageOf(answer)).toContain(refusal('Pod default/raw-*', 2));
    });
  });

  describe('a change of a pod', () => {
    // Without the mount of its token: a merge patch that leaves that out is invalid.
    beforeAll(() => create(pod('changed', { automountServiceAccountToken: false })));

    test.each([
      ['json', `[{"op":"replace","path":"/spec/containers/0/image","value":"${tool}"}]`],
      ['merge', `{"spec":{"containers":[{"name":"app","image":"${tool}"}]}}`],
      ['strategic', `{"spec":{"containers":[{"name":"app","image":"${tool}"}]}}`],
    ])('by kubectl patch --type=%s is refused', async (type, patch) => {
      const { code, stdout, stderr } = await cluster.kubectl([
        'patch',
        'pod',
        'changed',
        `--type=${type}`,
        '-p',
        patch,
      ]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      // A merge patch makes the list of containers anew, and is given back the drop that the repair had put there.
      expect(stderr).toContain(refusal('Pod default/changed', 1));
    });

    test('by kubectl edit is refused, and the editor is shown why', async () => {
      const editor = `sed -i 's#image: .*pause.*#image: ${tool}#'`;
      const { code, stderr } = await cluster.kubectl(['edit', 'pod', 'changed'], { env: { KUBE_EDITOR: editor } });
      expect(code).toBe(1);
      expect(stderr).toContain(refusal('Pod default/changed', 1));
    });

    test.each([
      ['apply', ['apply']],
      ['apply --server-side', ['apply', '--server-side', '--force-conflicts']],
    ])('by kubectl %s is refused', async (_verb, args) => {
      const { code, stderr } = await cluster.send(args, pod('changed', {}, { image: tool }));
      expect(code).toBe(1);
      expect(stderr).toContain(refusal('Pod default/changed', 1));
    });
  });

  describe('a resize in place', () => {
    test.each([
      ['the image', { image: tool }],
      ['the security context', { securityContext: { privileged: true } }],
      ['the command', { command: ['nmap'] }],
    ])('leaves %s as it was: Seawall need not see it', async (_what, fields) => {
      await create(pod('resized'));
      const before = await cluster.stored('pod', 'resized');
      const patch = JSON.stringify({ spec: { containers: [{ name: 'app', ...fields }] } });
      const { stdout } = await cluster.kubectl(['patch', 'pod', 'resized', '--subresource=resize', '-p', patch]);
      expect(stdout).toBe('pod/resized patched\n');
      expect((await cluster.stored('pod', 'resized')).spec).toEqual(before.spec);
    });
  });

  describe('what is done to an old violator without changing it', () => {
    test('its status is written without a word', async () => {
      const patch = '{"status":{"message":"seen"}}';
      const { code, stderr } = await cluster.kubectl(['patch', 'pod', 'old', '--subresource=status', '-p', patch]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });

    test('it is evicted without a word', async () => {
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'old-evicted' } };
      const { status, headers } = await request('POST', `${podsPath}/old-evicted/eviction`, eviction);
      expect({ status, warning: headers['warning'] }).toEqual({ status: 201, warning: undefined });
    });
  });

  test('a pod is bound to its node as it was judged', async () => {
    await create(pod('bound'));
    const target = { apiVersion: 'v1', kind: 'Node', name: 'node-a' };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target };
    expect((await request('POST', `${podsPath}/bound/binding`, binding)).status).toBe(201);
    expect((await cluster.stored('pod', 'bound')).spec.containers).toHaveLength(1);
  });

  test('kubectl cp gets as far as the node, whatever the file is called', async () => {
    await create(pod('copied', { nodeName: 'node-a' }));
    const unreached = 'error: unable to upgrade connection: no preferred addresses found; known addresses: []\n';
    const out = await cluster.kubectl(['cp', 'copied:/usr/bin/nmap', '/dev/null', '--retries=1']);
    const into = await cluster.kubectl(['cp', import.meta.filename, 'copied:/tmp/tcpdump']);
    expect([out.stderr, into.stderr]).toEqual([unreached, unreached]);
  });

  describe('a Windows pod', () => {
    const windows = (name: string, spec: Fields = {}, fields: Fields = {}) =>
      pod(name, { os: { name: 'windows' }, ...spec }, fields);

    test('is warned of like any other, but not repaired: the API server refuses capabilities there', async () => {
      const created = await create(windows('win'));
      expect(created).toEqual({
        code: 0,
        stdout: 'pod/win created\n',
        stderr: "Warning: seawall: net-raw-default spec.containers[0]: keeps NET_RAW from the runtime's default set\n",
      });
      expect((await cluster.stored('pod', 'win')).spec.containers[0]?.securityContext).toBeUndefined();
    });

    test('that is a process of its host is refused, at either level', async () => {
      const windowsOptions = { hostProcess: true };
      const whole = await create(windows('win-host', { hostNetwork: true, securityContext: { windowsOptions } }));
      expect(whole.stderr).toContain('- spec.securityContext.windowsOptions.hostProcess: ');
      const one = await create(windows('win-host', { hostNetwork: true }, { securityContext: { windowsOptions } }));
      expect(one.stderr).toContain('- spec.containers[0].securityContext.windowsOptions.hostProcess (container app): ');
    });

    test('that runs a tool is refused: whoever writes a pod writes spec.os too', async () => {
      const { stderr } = await create(windows('win-tool', {}, { command: ['C:\\tools\\NMAP.EXE', '-sS'] }));
      expect(stderr).toContain(refusal('Pod default/win-tool', 1));
    });
  });

  describe('a namespace', () => {
    test('that has just appeared is guarded from its first pod on', async () => {
      for (const name of ['new-a', 'new-b', 'new-c']) {
        await cluster.kubectl(['create', 'namespace', name]);
        const { stderr } = await create(pod('first', { hostNetwork: true }), `--namespace=${name}`);
        expect(stderr).toContain(refusal(`Pod ${name}/first`, 1));
      }
    });

    test('vanishes with the violators in it', async () => {
      const { kubectl } = cluster;
      await kubectl(['create', 'namespace', 'seawall']);
      await waitUntil('the ServiceAccount of the namespace', async () => {
        const { code } = await kubectl(['get', 'serviceaccount', 'default', '--namespace=seawall']);
        return code === 0 ? true : undefined;
      });
      // Seawall does not judge its own namespace: a violator can be made in it. It ends unjudged, by the same rule.
      const held = pod('held', { hostNetwork: true }, {}, { finalizers: ['test.example/hold'] });
      expect((await create(held, '--namespace=seawall')).code).toBe(0);
      await kubectl(['delete', 'namespace', 'seawall', '--wait=false']);
      const late = await create(pod('late'), '--namespace=seawall');
      expect(late.stderr).toContain('because it is being terminated');
      await kubectl(['patch', 'pod', 'held', '--namespace=seawall', '-p', '{"metadata":{"finalizers":null}}']);
      await waitUntil('the end of the namespace', async () => {
        const { code } = await kubectl(['get', 'namespace', 'seawall']);
        return code === 0 ? undefined : true;
      });
    });
  });

  describe('a manifest that has a drop list of its own', () => {
    const dropping = (name: string, fields: Fields = {}) =>
      pod(name, {}, { image: benignImage, securityContext: { capabilities: { drop: ['CHOWN'] } }, ...fields });

    test.each([
      ['apply', ['apply']],
      ['server-side apply', ['apply', '--server-side', '--field-manager=gitops']],
    ])('can be applied again by %s, and the repair stays', async (_how, verb) => {
      const name = `dropping-${verb.length}`;
      const first = await cluster.send(verb, dropping(name));
      expect(first.code).toBe(0);
      const { code, stderr } = await cluster.send(verb, dropping(name));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { spec }: StoredObject = await cluster.stored('pod', name);
      expect(spec.containers[0]?.securityContext).toEqual({ capabilities: { drop: ['CHOWN', 'NET_RAW'] } });
    });
  });
});
