// Needs the control plane level. Templates are warned of when they are written, and their pods are refused when they are made.
import type { Fields } from '../support/pods.ts';
import { benignImage } from '../support/pods.ts';
import type { GuardedCluster } from './guarded-cluster.ts';
import { refusal, startGuardedCluster } from './guarded-cluster.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

const labels = { app: 'bad' };
const selector = { matchLabels: labels };
const containers = [{ name: 'app', image: benignImage }];
const template = { metadata: { labels }, spec: { hostNetwork: true, containers } };
const jobTemplate = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
const workload = (apiVersion: string, kind: string, name: string, spec: Fields) => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
});

const finding = `hostNetwork: true puts the pod on its node's network`;
const warning = `Warning: seawall: host-network spec.template.spec.hostNetwork: ${finding}\n`;
const refused = (name: string) =>
  `${refusal(`Pod default/${name}`, 1)}- spec.hostNetwork: ${finding} [host-network, high]. What to do: Remove \`hostNetwork: true\`. Publish ports through a Service; where a node agent needs the host network, write an exemption for it.`;

describeLevel('control plane', 'workloads before the webhook', () => {
  let cluster: GuardedCluster;

  beforeAll(async () => {
    cluster = await startGuardedCluster();
    // A DaemonSet makes pods only for a node.
    await cluster.controlPlane.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  const apply = (object: Fields) => cluster.send(['apply'], object);

  /** Waits for the event FailedCreate of an object, and returns its message. */
  const failedCreate = (kind: string, name: string) =>
    waitUntil(`FailedCreate of ${kind} ${name}`, async () => {
      const selected = `reason=FailedCreate,involvedObject.kind=${kind}`;
      const { stdout } = await cluster.kubectl(['get', 'events', `--field-selector=${selected}`, '-o', 'json']);
      const { items } = JSON.parse(stdout) as {
        readonly items: readonly { readonly involvedObject: { readonly name: string }; readonly message: string }[];
      };
      return items.find(({ involvedObject }) => involvedObject.name.startsWith(name))?.message;
    });

  test('a Deployment: a warning at apply, then an event and a condition with the whole message', async () => {
    const spec = { replicas: 2, selector, template };
    expect(await apply(workload('apps/v1', 'Deployment', 'bad', spec))).toEqual({
      code: 0,
      stdout: 'deployment.apps/bad created\n',
      stderr: warning,
    });
    const condition = await waitUntil('the condition ReplicaFailure', async () => {
      const { status } = await cluster.stored('deployment', 'bad');
      return status.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message;
    });
    const { stdout } = await cluster.kubectl(['get', 'replicasets', '-o', 'jsonpath={.items[0].metadata.name}']);
    expect(condition).toBe(refused(`${stdout}-*`));
    expect(await failedCreate('ReplicaSet', stdout)).toBe(`Error creating: ${refused(`${stdout}-*`)}`);
    // Every try has the same words, so that all are one event with a count.
    const counts = await waitUntil('a second try', async () => {
      const selected = `reason=FailedCreate,involvedObject.name=${stdout}`;
      const path = 'jsonpath={.items[*].count}';
      const events = await cluster.kubectl(['get', 'events', `--field-selector=${selected}`, '-o', path]);
      return events.stdout === '' || events.stdout === '1' ? undefined : events.stdout.split(' ');
    });
    expect(counts).toHaveLength(1);
  });

  test('scale says nothing, a restart warns again', async () => {
    expect(await cluster.kubectl(['scale', 'deployment', 'bad', '--replicas=3'])).toEqual({
      code: 0,
      stdout: 'deployment.apps/bad scaled\n',
      stderr: '',
    });
    expect(await cluster.kubectl(['rollout', 'restart', 'deployment', 'bad'])).toEqual({
      code: 0,
      stdout: 'deployment.apps/bad restarted\n',
      stderr: warning,
    });
  });

  test.each([
    ['apps/v1', 'StatefulSet', { serviceName: 'bad', selector, template }, 'bad-0'],
    ['apps/v1', 'DaemonSet', { selector, template }, 'bad-*'],
    ['batch/v1', 'Job', { template: jobTemplate }, 'bad-*'],
    ['v1', 'ReplicationController', { selector: labels, template }, 'bad-*'],
  ])('%s %s: a warning at apply, then an event', async (apiVersion, kind, spec, pod) => {
    const { code, stderr } = await apply(workload(apiVersion, kind, 'bad', spec));
    expect({ code, stderr }).toEqual({ code: 0, stderr: warning });
    const before = kind === 'StatefulSet' ? 'Create Pod bad-0 in StatefulSet bad failed error' : 'Error creating';
    expect(await failedCreate(kind, 'bad')).toBe(`${before}: ${refused(pod)}`);
  });

  test('CronJob: a warning at apply, and its Job says why it has no pod', async () => {
    const spec = { schedule: '0 * * * *', jobTemplate: { spec: { template: jobTemplate } } };
    expect(await apply(workload('batch/v1', 'CronJob', 'hourly', spec))).toEqual({
      code: 0,
      stdout: 'cronjob.batch/hourly created\n',
      stderr:
        "Warning: seawall: host-network spec.jobTemplate.spec.template.spec.hostNetwork: hostNetwork: true puts the pod on its node's n...\n",
    });
    // As if it had run last some time ago: the controller makes up for it at once.
    const lastScheduleTime = new Date(Date.now() - 2 * 3_600_000).toISOString();
    const status = JSON.stringify({ status: { lastScheduleTime } });
    await cluster.kubectl(['patch', 'cronjob', 'hourly', '--subresource=status', '--type=merge', '-p', status]);
    expect(await failedCreate('Job', 'hourly-')).toMatch(
      /^Error creating: .*Seawall refuses Pod default\/hourly-\d+-\* /,
    );
    const made = await cluster.kubectl(['create', 'job', 'by-hand', '--from=cronjob/hourly']);
    expect(made).toEqual({ code: 0, stdout: 'job.batch/by-hand created\n', stderr: warning });
  });

  test('a benign Deployment: no word, and its pods are repaired', async () => {
    const created = await cluster.kubectl(['create', 'deployment', 'good', '--image=nginx']);
    expect(created).toEqual({ code: 0, stdout: 'deployment.apps/good created\n', stderr: '' });
    const path = 'jsonpath={.items[*].spec.containers[*].securityContext}';
    const pods = await waitUntil('the pod', async () => {
      const { stdout } = await cluster.kubectl(['get', 'pods', '--selector=app=good', '-o', path]);
      return stdout === '' ? undefined : stdout;
    });
    expect(pods).toBe('{"capabilities":{"drop":["NET_RAW"]}}');
  });

  test('a custom kind with a pod template: a warning at apply', async () => {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await cluster.controlPlane.apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'rollouts.argoproj.io' },
      spec: {
        group: 'argoproj.io',
        names: { kind: 'Rollout', plural: 'rollouts' },
        scope: 'Namespaced',
        versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
      },
    });
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd/rollouts.argoproj.io']);
    const rollout = workload('argoproj.io/v1alpha1', 'Rollout', 'bad', { selector, template });
    const applied = await waitUntil('the new kind', async () => {
      const result = await apply(rollout);
      return result.code === 0 ? result : undefined;
    });
    expect(applied).toEqual({ code: 0, stdout: 'rollout.argoproj.io/bad created\n', stderr: warning });
  });
});
