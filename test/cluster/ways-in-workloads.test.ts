// Needs the control plane level. Templates that are refused, kinds that Seawall does not know, and kinds that a policy names.
import { parsePolicy } from '../../src/policy/policy.ts';
import { policyOf } from '../policy/policy-builders.ts';
import type { Fields } from '../support/pods.ts';
import { benignImage } from '../support/pods.ts';
import type { GuardedCluster } from './guarded-cluster.ts';
import { startGuardedCluster } from './guarded-cluster.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { webhookNames } from './webhook-configurations.ts';

const labels = { app: 'bad' };
const containers = [{ name: 'app', image: benignImage }];
const badTemplate = { metadata: { labels }, spec: { hostNetwork: true, containers } };
const goodTemplate = { metadata: { labels }, spec: { containers } };
const hostNetwork = "hostNetwork: true puts the pod on its node's network";

const deployment = (name: string, template: Fields) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { selector: { matchLabels: labels }, template },
});

/** A kind of somebody's own; any fields are taken. */
const definition = (plural: string, kind: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.test.example` },
  spec: {
    group: 'test.example',
    names: { kind, plural },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

const own = (kind: string, spec: Fields) => ({
  apiVersion: 'test.example/v1',
  kind,
  metadata: { name: 'own' },
  spec,
});

/** Custom kinds have to be told to the API server: this is what an administrator adds for his own. */
const ownKinds = JSON.stringify([
  {
    op: 'add',
    path: '/webhooks/0/rules/-',
    value: {
      apiGroups: ['test.example'],
      apiVersions: ['*'],
      resources: ['gadgets', 'fleets'],
      operations: ['CREATE', 'UPDATE'],
    },
  },
]);

describeLevel('control plane', 'ways in for workloads', () => {
  let cluster: GuardedCluster;

  beforeAll(async () => {
    const kinds = [{ group: 'test.example', kind: 'Fleet', podSpecs: ['spec.ships[*].pod'] }];
    cluster = await startGuardedCluster({ policy: parsePolicy(policyOf({ kinds })) });
    const { controlPlane, kubectl } = cluster;
    await controlPlane.apply([definition('gadgets', 'Gadget'), definition('fleets', 'Fleet')]);
    await kubectl(['wait', '--for=condition=Established', 'crd/gadgets.test.example', 'crd/fleets.test.example']);
    const configuration = ['validatingwebhookconfiguration', 'seawall-workloads'];
    const { code, stderr } = await kubectl(['patch', ...configuration, '--type=json', '-p', ownKinds]);
    if (code !== 0) throw new Error(stderr);
    await waitUntil('the new kinds to be judged', async () => {
      const probe = own('Gadget', { template: badTemplate });
      const path = '/apis/test.example/v1/namespaces/default/gadgets?dryRun=All';
      const { headers } = await controlPlane.request('POST', path, probe);
      return headers['warning'] === undefined ? undefined : true;
    });
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  const create = (object: Fields) => cluster.send(['create'], object);

  describe('a kind that nobody has told Seawall of', () => {
    test.each([
      ['spec.template', { template: badTemplate }, 'spec.template.spec.hostNetwork'],
      [
        'spec.jobTemplate',
        { jobTemplate: { spec: { template: badTemplate } } },
        'spec.jobTemplate.spec.template.spec.hostNetwork',
      ],
    ])('is judged by its %s', async (_where, spec, field) => {
      const { code, stderr } = await create({ ...own('Gadget', spec), metadata: { generateName: 'own-' } });
      expect(code).toBe(0);
      expect(stderr).toMatch(
        new RegExp(`^Warning: seawall: host-network ${field.replaceAll('.', '\\.')}: hostNetwork`),
      );
    });

    test('is left alone where it has none', async () => {
      const made = await create({ ...own('Gadget', { replicas: 3, hostNetwork: true }), metadata: { name: 'none' } });
      expect(made).toEqual({ code: 0, stdout: 'gadget.test.example/none created\n', stderr: '' });
    });
  });

  test('a kind that the policy names is judged where the policy says', async () => {
    const fleet = own('Fleet', { ships: [{ pod: { containers } }, { pod: { hostNetwork: true, containers } }] });
    expect(await create(fleet)).toEqual({
      code: 0,
      stdout: 'fleet.test.example/own created\n',
      stderr: `Warning: seawall: host-network spec.ships[1].pod.hostNetwork: ${hostNetwork}\n`,
    });
  });

  test('a good Deployment that becomes bad keeps its good pods, and says why it has no new ones', async () => {
    await create(deployment('turned', goodTemplate));
    const pods = async () => {
      const path = 'jsonpath={.items[*].metadata.name}';
      return (await cluster.kubectl(['get', 'pods', '--selector=app=bad', '-o', path])).stdout;
    };
    const before = await waitUntil('the good pod', async () => (await pods()) || undefined);
    const patch = '{"spec":{"template":{"spec":{"hostNetwork":true}}}}';
    expect(await cluster.kubectl(['patch', 'deployment', 'turned', '-p', patch])).toEqual({
      code: 0,
      stdout: 'deployment.apps/turned patched\n',
      stderr: `Warning: seawall: host-network spec.template.spec.hostNetwork: ${hostNetwork}\n`,
    });
    const why = await waitUntil('the condition ReplicaFailure', async () => {
      const { status } = await cluster.stored('deployment', 'turned');
      return status.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message;
    });
    expect(why).toContain(`admission webhook "${webhookNames.pods}" denied the request: Seawall refuses Pod default/`);
    expect(await pods()).toBe(before);
    const undone = await cluster.kubectl(['rollout', 'undo', 'deployment', 'turned']);
    expect(undone).toEqual({ code: 0, stdout: 'deployment.apps/turned rolled back\n', stderr: '' });
  });
});

describeLevel('control plane', 'ways in for workloads that are refused', () => {
  let cluster: GuardedCluster;

  beforeAll(async () => {
    cluster = await startGuardedCluster({ policy: parsePolicy(policyOf({ workloads: 'deny' })) });
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  test.each([
    ['apps/v1', 'Deployment', { selector: { matchLabels: labels }, template: badTemplate }, 'spec.template'],
    ['apps/v1', 'ReplicaSet', { selector: { matchLabels: labels }, template: badTemplate }, 'spec.template'],
    ['apps/v1', 'StatefulSet', { selector: { matchLabels: labels }, template: badTemplate }, 'spec.template'],
    ['apps/v1', 'DaemonSet', { selector: { matchLabels: labels }, template: badTemplate }, 'spec.template'],
    ['v1', 'ReplicationController', { selector: labels, template: badTemplate }, 'spec.template'],
  ])('%s %s, at apply and at once', async (apiVersion, kind, spec, field) => {
    const object = { apiVersion, kind, metadata: { name: 'bad' }, spec };
    const { code, stdout, stderr } = await cluster.send(['apply'], object);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `Error from server (Forbidden): error when creating "STDIN": admission webhook "${webhookNames.workloads}" denied the request: Seawall refuses ${kind} default/bad by policy test: 1 finding\n` +
        `- ${field}.spec.hostNetwork: ${hostNetwork} [host-network, high]. What to do: Remove \`hostNetwork: true\`. Publish ports through a Service; where a node agent needs the host network, write an exemption for it.\n`,
    );
  });
});
