// Needs the control plane level: etcd, kube-apiserver, kube-controller-manager and kubectl; no root.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { identify, isRunning } from './harness/process-identity.ts';
import { startProcess } from './harness/own-process.ts';
import { createRunFolder, readRun } from './harness/run-folder.ts';
import { sweepDeadRuns } from './harness/sweep.ts';
import { waitUntil } from './harness/wait-until.ts';
import type { TestWebhook } from './harness/webhook.ts';
import { startTestWebhook } from './harness/webhook.ts';

const pod = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'app', image: 'app' }] },
});

describeLevel('control plane', 'a control plane', () => {
  let cluster: ControlPlane;
  let webhook: TestWebhook;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    webhook = await startTestWebhook(cluster, ({ object }) => {
      const { metadata } = object as { readonly metadata: { readonly labels?: Record<string, string> } };
      const refused = metadata.labels?.['refuse'] === 'me';
      return refused ? { allowed: false, status: { message: 'refused as asked' } } : { allowed: true };
    });
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'test' },
      webhooks: [
        {
          name: 'pods.test.example',
          clientConfig: webhook.clientConfig,
          rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
        },
      ],
    });
    // A webhook takes effect some moments after its registration.
    await waitUntil('the webhook to be asked', async () => {
      await cluster.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod('probe'));
      return webhook.requests.length > 0 ? true : undefined;
    });
  }, startTimeoutMs);

  afterAll(async () => {
    await webhook.close();
    await cluster.stop();
    expect(existsSync(cluster.folder)).toBe(false);
  });

  test('kubectl creates a pod, and the webhook sees it', async () => {
    const created = await cluster.kubectl(['create', '-f', '-'], { stdin: JSON.stringify(pod('web')) });
    expect(created).toEqual({ code: 0, stdout: 'pod/web created\n', stderr: '' });
    expect(webhook.requests.at(-1)).toMatchObject({
      operation: 'CREATE',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      name: 'web',
      namespace: 'default',
      userInfo: { username: 'admin' },
    });
  });

  test('kubectl prints the refusal of the webhook', async () => {
    const stdin = JSON.stringify(pod('bad', { refuse: 'me' }));
    const refused = await cluster.kubectl(['create', '-f', '-'], { stdin });
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Error from server: error when creating "STDIN": admission webhook "pods.test.example" denied the request: refused as asked\n',
    });
  });

  test('a Deployment whose pods are refused says so in its condition', async () => {
    const labels = { app: 'refused', refuse: 'me' };
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'refused' },
      spec: {
        selector: { matchLabels: { app: 'refused' } },
        template: { metadata: { labels }, spec: pod('refused').spec },
      },
    });
    const message = await waitUntil('the ReplicaFailure condition', async () => {
      const path = '{.status.conditions[?(@.type=="ReplicaFailure")].message}';
      const { stdout } = await cluster.kubectl(['get', 'deployment', 'refused', '-o', `jsonpath=${path}`]);
      return stdout === '' ? undefined : stdout;
    });
    expect(message).toBe('admission webhook "pods.test.example" denied the request: refused as asked');
    expect(webhook.requests.at(-1)?.userInfo.username).toBe('system:serviceaccount:kube-system:replicaset-controller');
  });

  test('a ServiceAccount and an impersonated user are who they are, and may only what they may', async () => {
    const token = await cluster.serviceAccountToken('default', 'visitor');
    const who = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const asAccount = await cluster.request('POST', path, who, { token });
    expect(asAccount.body).toMatchObject({
      status: { userInfo: { username: 'system:serviceaccount:default:visitor' } },
    });
    const asUser = await cluster.kubectl(['get', 'pods'], { as: 'jane', groups: ['dev'] });
    expect(asUser.stderr).toContain('User "jane" cannot list resource "pods"');
    const kubeconfig = cluster.writeKubeconfig('visitor', { kind: 'token', token });
    const asVisitor = await cluster.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], {
      kubeconfig,
    });
    expect(asVisitor.stdout).toBe('system:serviceaccount:default:visitor');
  });

  test('exec is decided before the node is contacted, and is in the audit log', async () => {
    await cluster.apply({ ...pod('placed'), spec: { ...pod('placed').spec, nodeName: 'no-such-node' } });
    const { code } = await cluster.kubectl(['exec', 'placed', '--', 'id']);
    expect(code).not.toBe(0);
    const event = await waitUntil('the exec in the audit log', () =>
      cluster.auditEvents().find(({ requestURI }) => requestURI.includes('/pods/placed/exec')),
    );
    expect(event).toMatchObject({ user: { username: 'admin' }, objectRef: { subresource: 'exec', name: 'placed' } });
  });

  test('while etcd is paused writes hang, and afterwards they go through', async () => {
    cluster.pauseEtcd();
    const path = '/api/v1/namespaces/default/configmaps';
    const write = (timeoutMs: number) =>
      cluster.request('POST', path, { metadata: { generateName: 'write-' } }, { timeoutMs });
    await expect(write(1_000)).rejects.toThrow();
    cluster.resumeEtcd();
    expect((await write(20_000)).status).toBe(201);
  });

  test('an API server that is started anew has what it had', async () => {
    await cluster.restartApiServer();
    const { stdout } = await cluster.kubectl(['get', 'pod', 'web', '-o', 'name']);
    expect(stdout).toBe('pod/web\n');
  });

  test('a second control plane beside the first knows nothing of it', async () => {
    const second = await startControlPlane();
    try {
      expect((await second.kubectl(['create', '-f', '-'], { stdin: JSON.stringify(pod('own')) })).code).toBe(0);
      expect((await second.kubectl(['get', 'pods', '-o', 'name'])).stdout).toBe('pod/own\n');
      expect((await cluster.kubectl(['get', 'pod', 'own'])).code).toBe(1);
    } finally {
      await second.stop();
    }
  });
});

describe('after a crash', () => {
  test('the next start ends what the dead run recorded, and spares a process that only has its id', async () => {
    const run = createRunFolder();
    const left = startProcess(run, 'left', 'sleep', ['1000']);
    const other = startProcess(run, 'other', 'sleep', ['1001']);
    // As if its id had been given anew: the record speaks of a process that started at another time.
    run.recordProcess({ ...identify(other.pid, ['1001']), startTime: '1' });
    expect(readRun(run.path).processes).toHaveLength(2);
    writeFileSync(
      join(run.path, 'records/owner/owner'),
      JSON.stringify({ pid: process.pid, startTime: '1', args: [] }),
    );
    await sweepDeadRuns();
    await waitUntil('the end of what was left', () => left.ended);
    expect(other.ended).toBeUndefined();
    expect(existsSync(run.path)).toBe(false);
    await other.stop();
  });

  test('a process is known by id, start time and command line', () => {
    const self = identify(process.pid, []);
    const [program = '', ...args] = readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(0, -1);
    expect(program).not.toBe('');
    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, args })).toBe(true);
    expect(isRunning({ ...self, args: [...args, 'more'] })).toBe(false);
    expect(isRunning({ ...self, startTime: '1' })).toBe(false);
  });
});
