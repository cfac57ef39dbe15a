// Needs the control plane level. What `seawall investigate` says of a real cluster, of every kind of owner, of what is
// gone, of what it may not read, and of who did it by the API server's own audit log.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Investigation } from '../../src/investigate/investigation.ts';
import { runCommand } from '../support/command-io.ts';
import type { CommandResult } from '../support/command-io.ts';
import type { Fields } from '../support/pods.ts';
import { fromFalco, ofHost } from '../investigate/falco-samples.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

const labels = { app: 'scanner' };
const selector = { matchLabels: labels };
const spec = {
  hostNetwork: true,
  nodeName: 'node-a',
  containers: [{ name: 'shell', image: 'docker.io/nicolaka/netshoot:v0.13', command: ['nmap', '-sS', '10.0.0.0/24'] }],
};
const template = { metadata: { labels }, spec };
const ending = { ...template, spec: { ...spec, restartPolicy: 'Never' } };
const workload = (apiVersion: string, kind: string, name: string, fields: Fields, metadata: Fields = {}): Fields => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop', ...metadata },
  ...fields,
});

const workloads: readonly Fields[] = [
  workload(
    'apps/v1',
    'Deployment',
    'deployment',
    { spec: { replicas: 2, selector, template } },
    { annotations: { 'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:shop/deployment' } },
  ),
  workload('apps/v1', 'StatefulSet', 'statefulset', {
    spec: {
      replicas: 1,
      serviceName: 's',
      selector: { matchLabels: { app: 'sts' } },
      template: { ...template, metadata: { labels: { app: 'sts' } } },
    },
  }),
  workload('apps/v1', 'DaemonSet', 'daemonset', {
    spec: { selector: { matchLabels: { app: 'ds' } }, template: { ...template, metadata: { labels: { app: 'ds' } } } },
  }),
  workload('v1', 'ReplicationController', 'controller', {
    spec: { replicas: 1, selector: { app: 'rc' }, template: { ...template, metadata: { labels: { app: 'rc' } } } },
  }),
  workload('batch/v1', 'Job', 'job', { spec: { template: { spec: ending.spec } } }),
  workload('batch/v1', 'CronJob', 'cronjob', {
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: { spec: ending.spec } } } },
  }),
  workload('apps/v1', 'Deployment', 'parked', {
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'parked' } },
      template: { ...template, metadata: { labels: { app: 'parked' } } },
    },
  }),
  workload('v1', 'Pod', 'bare', { spec }),
  workload('v1', 'Pod', 'clean', { spec: { containers: [{ name: 'app', image: 'registry.k8s.io/pause:3.10' }] } }),
];

describeLevel('control plane', 'seawall investigate', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
    ]);
    await waitUntil(
      'the ServiceAccount',
      async () => (await list('/api/v1/namespaces/shop/serviceaccounts')).length > 0 || undefined,
    );
    await cluster.apply([...workloads]);
    await cluster.kubectl(['-n', 'shop', 'create', 'job', 'cronjob-1', '--from=cronjob/cronjob']);
    await waitUntil('all pods', async () => {
      const names = (await list('/api/v1/namespaces/shop/pods')).map(({ metadata: { name } }) => name);
      const wanted = [
        'deployment-',
        'statefulset-',
        'daemonset-',
        'controller-',
        'job-',
        'cronjob-1-',
        'bare',
        'clean',
      ];
      return wanted.every((prefix) => names.some((name) => name.startsWith(prefix))) || undefined;
    });
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  interface Named {
    readonly metadata: { readonly name: string; readonly uid: string };
  }

  async function list(path: string): Promise<readonly Named[]> {
    const { body } = await cluster.request('GET', path);
    return (body as { readonly items?: readonly Named[] }).items ?? [];
  }

  async function podOf(prefix: string): Promise<string> {
    const pods = await list('/api/v1/namespaces/shop/pods');
    const found = pods.find(({ metadata: { name } }) => name.startsWith(prefix));
    if (found === undefined) throw new Error(`no pod of ${prefix}`);
    return found.metadata.name;
  }

  function run(argv: readonly string[], stdin?: string): Promise<CommandResult> {
    return runCommand(['investigate', '--kubeconfig', cluster.kubeconfig, ...argv], {
      nowMs: Date.now(),
      ...(stdin !== undefined && { stdin }),
    });
  }

  async function told(argv: readonly string[], stdin?: string): Promise<Investigation> {
    const { code, stdout, stderr } = await run([...argv, '-o', 'json'], stdin);
    if (code !== 0 && code !== 4) throw new Error(`exit code ${code}: ${stderr}`);
    return JSON.parse(stdout) as Investigation;
  }

  const kinds = ['deployment', 'statefulset', 'daemonset', 'controller', 'job'];

  describe('of every kind of owner', () => {
    test.each([
      { subject: 'deploy/deployment', owners: ['ReplicaSet', 'Deployment'], pods: 2 },
      { subject: 'statefulsets.apps/statefulset', owners: ['StatefulSet'], pods: 1 },
      { subject: 'ds/daemonset', owners: ['DaemonSet'], pods: 1 },
      { subject: 'replicationcontroller/controller', owners: ['ReplicationController'], pods: 1 },
      { subject: 'Job/job', owners: ['Job'], pods: 1 },
      { subject: 'cronjob/cronjob', owners: ['Job', 'CronJob'], pods: 1 },
    ])('$subject', async ({ subject, owners, pods }) => {
      const found = await told(['-n', 'shop', subject]);
      expect(found.owners.map(({ reference, state }) => `${reference.kind} ${state}`)).toEqual(
        owners.map((kind) => `${kind} found`),
      );
      expect(found.others.total).toBe(pods - 1);
      expect(found.object?.kind).toBe('Pod');
      expect(found.headline).toMatch(
        /^Pod shop\/\S+, which has not started, runs nmap \(scanner\) with host access \(hostNetwork\) on Node node-a$/,
      );
      expect(found.alarm).toBe('critical');
      expect(found.unseen).toEqual([]);
      const root = found.owners.at(-1)?.reference;
      expect(found.next.at(-1)?.command).toMatch(
        new RegExp(
          `^seawall remediate plan --kubeconfig \\S+ -n shop ${root?.kind.toLowerCase() ?? ''}/${root?.name ?? ''}$`,
        ),
      );
    });

    test('an owner without pods is told by its template', async () => {
      const found = await told(['-n', 'shop', 'deployment', 'parked']);
      expect(found).toMatchObject({
        state: 'template',
        headline: 'Deployment shop/parked, which has no pods, runs nmap (scanner) with host access (hostNetwork)',
        exposure: { hostNamespaces: ['network'] },
        verdict: { refused: true },
      });
    });

    test('a bare pod has no owner, and its removal is planned itself', async () => {
      const found = await told(['-n', 'shop', 'pod/bare']);
      expect(found.owners).toEqual([]);
      expect(found.next.at(-1)?.command).toContain('-n shop pod/bare');
    });

    test('a clean pod raises no alarm', async () => {
      const found = await told(['-n', 'shop', 'pod/clean']);
      expect(found.alarm).toBe('none');
      expect(found.headline).toBe(
        'Pod shop/clean, which has not started, has no host access and names no known network tool',
      );
      expect(found.verdict?.refused).toBe(false);
    });
  });

  test('a mark of GitOps is told once, with what suspends it', async () => {
    const found = await told(['-n', 'shop', `pod/${await podOf('deployment-')}`]);
    expect(found.sources.map(({ title, object: { kind } }) => `${title} on ${kind}`)).toEqual([
      'Argo CD application web on Deployment',
    ]);
    expect(found.next.some(({ command = '' }) => command.startsWith('kubectl -n argocd patch applications'))).toBe(
      true,
    );
  });

  test('a node and an image lead to their pods, the worst first', async () => {
    const node = await told(['node/node-a']);
    expect(node.others.of).toBe('Node node-a');
    expect(node.others.total).toBeGreaterThanOrEqual(kinds.length + 1);
    const image = await told(['image', 'nicolaka/netshoot']);
    expect(image.others.total + 1).toBe(image.images[0]?.pods);
    expect(image.images[0]?.where.map(({ owner: { kind } }) => kind).toSorted()).toEqual([
      'DaemonSet',
      'Job',
      'Job',
      'Pod',
      'ReplicaSet',
      'ReplicationController',
      'StatefulSet',
    ]);
    expect((await told(['image/docker.io/nicolaka/netshoot:v0.12'])).object).toBeUndefined();
  });

  test('who could is told by the rights in force', async () => {
    await cluster.apply([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'jane-edits', namespace: 'shop' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
      },
    ]);
    const { could } = await told(['-n', 'shop', 'pod/bare']);
    const jane = could?.subjects.find(({ subject }) => subject === 'User jane');
    expect(jane?.paths).toEqual(expect.arrayContaining(['L1', 'L2', 'L5']));
    expect(jane?.by).toContain('RoleBinding shop/jane-edits');
  });

  describe('who did it, by the audit log of the API server', () => {
    const asJane = ['--as', 'jane', '--as-group', 'system:authenticated'];

    test('who created an owner is named, as the one who spoke and whom for', async () => {
      const { code, stderr } = await cluster.kubectl(['create', '-f', '-', ...asJane], {
        stdin: JSON.stringify(
          workload('apps/v1', 'Deployment', 'hers', {
            spec: {
              replicas: 1,
              selector: { matchLabels: { app: 'hers' } },
              template: { ...template, metadata: { labels: { app: 'hers' } } },
            },
          }),
        ),
      });
      expect([code, stderr]).toEqual([0, expect.anything()]);
      await waitUntil('her pod', () => podOf('hers-').catch(() => undefined));
      const found = await told(['-n', 'shop', `pod/${await podOf('hers-')}`, '--audit-log', cluster.auditLog]);
      expect(found.did.answer).toMatch(
        /^admin, speaking as jane, created Deployment shop\/hers at \S+ \((?:recorded|likely by name and time) in the audit log\)$/,
      );
      expect(found.did.deeds[0]).toMatchObject({ user: 'jane', impersonator: 'admin', userType: 'person', code: 201 });
      const pods = found.did.deeds.filter(({ what }) => what.startsWith('created Pod'));
      expect(pods.every(({ userType }) => userType !== 'person')).toBe(true);
    });

    test('an exec is told with its command, a refused one as refused', async () => {
      // There is no kubelet: the request is recorded all the same.
      await cluster.kubectl(['-n', 'shop', 'exec', 'clean', ...asJane, '--', 'tcpdump', '-i', 'any']);
      await cluster.kubectl(['get', '--raw', '/api/v1/namespaces/shop/pods/clean/exec?command=id', '--as', 'nobody']);
      const found = await waitUntil('the exec in the log', async () => {
        const seen = await told(['-n', 'shop', 'pod/clean', '--audit-log', cluster.auditLog]);
        return seen.did.deeds.some(({ command }) => command[0] === 'tcpdump') ? seen : undefined;
      });
      expect(found.did.deeds.find(({ user }) => user === 'jane')).toMatchObject({
        impersonator: 'admin',
        command: ['tcpdump', '-i', 'any'],
      });
      expect(found.did.deeds.find(({ user }) => user === 'nobody')?.what).toBe(
        'exec into Pod shop/clean (refused, HTTP 403)',
      );
    });

    test('what the log does not hold is not guessed', async () => {
      const empty = join(cluster.folder, 'empty.log');
      writeFileSync(empty, 'not json\n');
      const { code, stdout } = await run(['-n', 'shop', 'pod/bare', '--audit-log', empty]);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /not known: the audit log has no request that made it, and no event at all; its fields were last written by a program that calls itself kubectl-client-side-apply at \S+, which names no person/,
      );
      expect(stdout).toContain('audit log: 0 events in 1 file; 1 malformed, 0 of another kind');
    });

    test('a pod that is gone is told by the log, its owner’s name and the event', async () => {
      const name = await podOf('hers-');
      const event = {
        ...fromFalco,
        time: new Date().toISOString(),
        output_fields: { ...fromFalco.output_fields, 'k8s.pod.name': name },
      };
      await cluster.kubectl(['-n', 'shop', 'delete', 'pod', name, '--force', '--grace-period=0']);
      const found = await told(['--event', '-', '--audit-log', cluster.auditLog], JSON.stringify(event));
      expect(found.state).toBe('gone');
      expect(found.headline).toBe(`Pod shop/${name}, which is gone, ran nmap (scanner) on Node node-a`);
      expect(found.owners.map(({ reference: { kind } }) => kind)).toEqual(['ReplicaSet', 'Deployment']);
      expect(found.notes).toEqual([
        expect.stringMatching(/^its owner is told by its name alone: ReplicaSet shop\/hers-/),
      ]);
      expect(found.did.answer).toContain('speaking as jane, created Deployment shop/hers');
      expect(
        found.did.deeds.some(({ what, user }) => what === `asked to delete Pod shop/${name}` && user === 'admin'),
      ).toBe(true);
    });
  });

  describe('by an event of Falco', () => {
    test('of a pod that was made after the event: it is another', async () => {
      const name = await podOf('statefulset-');
      const event = { ...fromFalco, output_fields: { ...fromFalco.output_fields, 'k8s.pod.name': name } };
      const found = await told(['--event', '-'], JSON.stringify(event));
      expect(found.state).toBe('gone');
      expect(found.notes[0]).toMatch(/^a pod of this name is there, but it was made \S+, after the event/);
    });

    test('of the node itself: process tree, who logged in, and what is missing', async () => {
      const { code, stdout } = await run(['--event', '-'], JSON.stringify(ofHost));
      expect(code).toBe(0);
      expect(stdout.split('\n')[0]).toBe('tcpdump ran on Node node-a, outside every pod that is known');
      for (const line of [
        'parents: bash < sshd < sshd',
        'user on the node: root, logged in as jane',
        'pgrep -a -x tcpdump',
        'the event names no pod: which pod, if any, the process belongs to is not known',
      ])
        expect(stdout).toContain(line);
    });

    test('an audit log that cannot be read makes the answer partial', async () => {
      expect(await run(['--event', '-', '--audit-log', '/none'], JSON.stringify(ofHost))).toMatchObject({ code: 4 });
    });

    test('that tells no program: nothing is said of a process, nor of a container without a name', async () => {
      const words = { ...ofHost, output_fields: null };
      const named = { 'k8s.ns.name': '../..', 'k8s.pod.name': 'app', 'evt.hostname': 'node-a' };
      const { stdout } = await run(
        ['--event', '-'],
        `\uFEFF${[words, { ...words, output_fields: named }].map((each) => JSON.stringify(each)).join('\n')}`,
      );
      expect(stdout.match(/neither the program nor a pod is known, only Node node-a$/gm)).toHaveLength(2);
      expect(stdout).not.toMatch(/outside every pod|has container/);
    });

    test('several events are several pages of one document', async () => {
      const { stdout } = await run(
        ['--event', '-', '-o', 'json'],
        [fromFalco, ofHost, fromFalco].map((each) => JSON.stringify(each)).join('\n'),
      );
      expect(JSON.parse(stdout)).toMatchObject({
        kind: 'InvestigationList',
        items: [{ kind: 'Investigation' }, { kind: 'Investigation' }],
      });
    });

    test('hostile names get into no path and no terminal', async () => {
      const fields = {
        'k8s.ns.name': '..',
        'k8s.pod.name': '../../nodes/node-a',
        'evt.hostname': 'x/../y',
        'proc.name': '\u001b[2Jnmap',
      };
      const event = { rule: 'x\u001b]0;y\u0007', hostname: '../..', output_fields: fields };
      const { code, stdout, stderr } = await run(['--event', '-'], JSON.stringify(event));
      expect(code).toBe(0);
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
      expect(stdout).toContain('the event names neither a pod nor a node');
    });
  });

  test.each([
    { argv: [], line: 'name what to investigate: pod/NAME, deploy/NAME, node/NAME, image/NAME, or --event FILE' },
    { argv: ['web'], line: 'web: say what it is, as in pod/web, deploy/web or image/web' },
    { argv: ['pod/..'], line: 'pod/..: that is no name of an object' },
    { argv: ['nosuch/web'], line: 'nosuch: the API server serves no kind of this name (kubectl api-resources)' },
    { argv: ['pod/a', '--event', '-'], line: '--event goes with no other subject' },
  ])('usage: $argv', async ({ argv, line }) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stdout, stderr]).toEqual([2, '', `seawall: ${line}\n`]);
  });

  test('an owner that does not exist is told as not there', async () => {
    const found = await told(['-n', 'shop', 'deploy/nothing', '--audit-log', cluster.auditLog]);
    expect(found).toMatchObject({
      state: 'gone',
      headline: 'Deployment shop/nothing, which is not there, can only be told by what is left of it',
    });
  });
});
