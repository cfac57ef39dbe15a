/* The compiled ValidatingAdmissionPolicies while no Seawall runs: they refuse, warn and note by themselves. */
import { join } from 'node:path';
import { admissionPolicies } from '../../src/compile/admission-policy.ts';
import { conditionsState } from '../../src/compile/conditions-in-force.ts';
import type { Fields } from '../support/pods.ts';
import { conditionWebhook } from './conditioned-cluster.ts';
import { policyOf } from './enforced-policy.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

const overlay = join(import.meta.dirname, '..', '..', 'manifests', 'overlays', 'cel');

describeLevel('control plane', 'compiled ValidatingAdmissionPolicies without Seawall', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  }, 120_000);
  afterAll(async () => controlPlane.stop());

  test('while no Seawall answers, benign pods are created, and bad ones refused with our message', async () => {
    const policy = policyOf({});
    const cluster = await conditionWebhook(controlPlane, policy);
    await cluster.closeWebhook();
    const benign = {
      spec: { containers: [{ name: 'c', image: 'app', command: ['sh', '-c', 'exec /app --port=8080'] }] },
    };
    const bad: Fields = { spec: { hostNetwork: true, containers: [{ name: 'c', image: 'app' }] } };
    const tool = { spec: { containers: [{ name: 'c', image: 'app', command: ['sh', '-c', "n''map -sS host"] }] } };
    const create = async (pod: Fields, name: string) => {
      const object = { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { name } };
      const { status, body } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods', object);
      return { status, message: (body as { message?: string }).message ?? '' };
    };
    expect((await create(benign, 'benign')).status).toBe(201);
    for (const pod of [bad, tool]) {
      expect((await create(pod, 'bad')).message).toContain('failed calling webhook "pods.seawall.dev"');
    }
    await controlPlane.apply([...admissionPolicies(policy)]);
    await waitUntil('the policy to be in force', async () =>
      (await create(bad, 'bad')).message.includes('Seawall refuses') ? true : undefined,
    );
    expect((await create(bad, 'bad')).message).toBe(
      "pods \"bad\" is forbidden: ValidatingAdmissionPolicy 'seawall-deny' with binding 'seawall-deny' denied request: " +
        "Seawall refuses this pod by policy test: hostNetwork: true puts the pod on its node's network",
    );
    expect((await create(benign, 'benign-too')).status).toBe(201);
    expect((await create(tool, 'tool')).status).toBe(500);
    await cluster.close();
  }, 120_000);

  test('what is only warned of or noted goes through: with a warning, and with a note in the audit log', async () => {
    await controlPlane.apply([...admissionPolicies(policyOf({}))]);
    const ports = [{ containerPort: 80, hostPort: 8_080 }];
    const securityContext = { capabilities: { drop: ['ALL'] } };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'advised' },
      spec: {
        containers: [{ name: 'c', image: 'app', ports, securityContext }],
        volumes: [{ name: 'v', hostPath: { path: '/etc' } }],
      },
    };
    const create = () => controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod);
    const warned = await waitUntil('the policies to be in force', async () => {
      const { status, headers } = await create();
      const { warning } = headers;
      return warning === undefined ? undefined : { status, warning: String(warning) };
    });
    expect(warned.status).toBe(201);
    expect(warned.warning).toContain('Seawall warns of this pod by policy test: hostPath /etc leads to the host');
    const note = 'Seawall notes this pod by policy test: hostPort 8080 listens on the node itself (container c)';
    await waitUntil('the note', async () => {
      await create();
      const notes = controlPlane.auditEvents().map(({ annotations = {} }) => JSON.stringify(annotations));
      return notes.some((each) => each.includes(note)) ? true : undefined;
    });
    for (const { kind, metadata } of admissionPolicies(policyOf({})) as {
      kind: string;
      metadata: { name: string };
    }[]) {
      await controlPlane.kubectl(['delete', kind.toLowerCase(), metadata.name]);
    }
  }, 120_000);

  test('kubectl apply -k manifests/overlays/cel: pods are created and refused as the policy says while no Seawall runs', async () => {
    const applied = await controlPlane.kubectl(['apply', '-k', overlay], { timeoutMs: 60_000 });
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    const create = async (spec: Fields) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec };
      const { status, body } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod);
      return `${status} ${(body as { message?: string }).message ?? ''}`;
    };
    const container = { name: 'app', image: 'app:1', securityContext: { capabilities: { drop: ['ALL'] } } };
    const bad = { hostPID: true, containers: [container] };
    await waitUntil('the policies to be in force', async () =>
      (await create(bad)).includes('Seawall refuses this pod by policy default: hostPID: true') ? true : undefined,
    );
    expect(await create({ containers: [container] })).toBe('201 ');
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seawall-pods';
    const { body: registered } = await controlPlane.request('GET', path);
    expect(conditionsState(registered, policyOf({}))).toBe('in-step');
    expect(conditionsState(registered, policyOf({ profile: 'strict' }))).toBe('other');
    // What is only told is lost with Seawall, and holds up nothing.
    expect(await create({ containers: [{ name: 'app', image: 'app:1' }] })).toBe('201 ');
    for (const tool of [{ image: 'nicolaka/netshoot' }, { command: ['nmap', '-sS', 'host'] }]) {
      expect(await create({ containers: [{ ...container, ...tool }] })).toContain('Seawall refuses this pod by policy');
    }
    expect(await create({ containers: [{ ...container, command: ['sh', '-c', 'nmap -sS host'] }] })).toContain(
      'failed calling webhook "pods.seawall.dev"',
    );
  }, 120_000);
});
