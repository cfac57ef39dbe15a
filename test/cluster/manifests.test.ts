// Needs the control plane level. The real API server takes what manifests/ ships, and no Seawall answers behind it.
import { join } from 'node:path';
import { certManagerKinds } from './cert-manager-kinds.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';

const manifests = join(import.meta.dirname, '..', '..', 'manifests');
const ours = ['-l', 'app.kubernetes.io/name=seawall'];
const webhookConfigurations = 'validatingwebhookconfigurations,mutatingwebhookconfigurations';
const everything = `namespaces,clusterroles,clusterrolebindings,${webhookConfigurations}`;
const failsClosed = 'failed calling webhook "pods.seawall.dev"';

describeLevel('control plane', 'kubectl apply -k manifests', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    // With routing by endpoints the API server knows at once that there is nobody to ask.
    cluster = await startControlPlane({
      controllerManager: true,
      apiServerFlags: ['--enable-aggregator-routing=true'],
    });
    await cluster.apply([...certManagerKinds]);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  const kubectl = (...args: readonly string[]) => cluster.kubectl(args, { cwd: manifests, timeoutMs: 120_000 });
  const printed = async (...args: readonly string[]) => (await kubectl(...args)).stdout.trimEnd();
  const createPod = () => kubectl('run', 'app', '--image=app', '--dry-run=server', '-o', 'name');
  const podIsRefused = () =>
    waitUntil('a refusal for want of Seawall', async () =>
      (await createPod()).stderr.includes(failsClosed) ? true : undefined,
    );
  const podsStart = () => waitUntil('a pod', async () => ((await createPod()).code === 0 ? true : undefined));

  const bundle = () =>
    printed(
      'get',
      'validatingwebhookconfigurations',
      'seawall-pods',
      '-o',
      'jsonpath={.webhooks[*].clientConfig.caBundle}',
    );
  /** Whether Seawall's ServiceAccount may do what is written as `verb group/resource/name namespace`. */
  const may = async (question: string) => {
    const [verb, attributes = '', namespace] = question.split(' ');
    const [group, resource, name] = attributes.split('/');
    const review = { user: 'system:serviceaccount:seawall:seawall', groups: ['system:serviceaccounts'] };
    const { body } = await cluster.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { ...review, resourceAttributes: { verb, group, resource, name, namespace } },
    });
    const { status } = body as { readonly status: { readonly allowed: boolean } };
    return `${status.allowed ? 'yes' : 'no'}: ${question}`;
  };
  const twoPods = async () => {
    await waitUntil('two pods', async () => {
      const names = (await printed('get', 'pods', '-n', 'seawall', '-o', 'name')).split('\n');
      return names.length === 2 ? names : undefined;
    });
  };

  describe('the whole', () => {
    test('is taken without a warning, and a second time changes nothing', async () => {
      const first = await kubectl('apply', '-k', '.');
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout.match(/ created\n/g)).toHaveLength(17);
      expect(await kubectl('diff', '-k', '.')).toEqual({ code: 0, stdout: '', stderr: '' });
    });

    test("its pods pass the namespace's restricted Pod Security, its priority class and its quota", twoPods);

    test('pods elsewhere wait until Seawall answers', podIsRefused);

    test('what another field manager has written as caBundle outlives a second apply, from either side', async () => {
      const caBundle = Buffer.from(cluster.ca.certificate).toString('base64');
      const patch = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }];
      const target = ['validatingwebhookconfigurations', 'seawall-pods', '--type=json', '--field-manager=seawall'];
      expect(await kubectl('patch', ...target, '-p', JSON.stringify(patch))).toMatchObject({ code: 0, stderr: '' });
      expect(await kubectl('apply', '-k', '.')).toMatchObject({ code: 0, stderr: '' });
      expect(await bundle()).toBe(caBundle);
      const serverSide = ['--server-side', '--field-manager=gitops'];
      expect(await kubectl('apply', '-k', '.', ...serverSide)).toMatchObject({ code: 0, stderr: '' });
      expect(await bundle()).toBe(caBundle);
    });

    test.each([
      'yes: get /secrets/seawall-certificates seawall',
      'yes: update /secrets/seawall-certificates seawall',
      'yes: create /secrets seawall',
      'no: get /secrets/seawall-certificates default',
      'no: get /secrets/another seawall',
      'no: list /secrets seawall',
      'no: create /secrets default',
      'yes: update coordination.k8s.io/leases/seawall seawall',
      'no: update coordination.k8s.io/leases/another seawall',
      'yes: patch admissionregistration.k8s.io/validatingwebhookconfigurations/seawall-pods',
      'yes: patch admissionregistration.k8s.io/validatingwebhookconfigurations/seawall-workloads',
      'yes: patch admissionregistration.k8s.io/mutatingwebhookconfigurations/seawall-repair',
      'no: patch admissionregistration.k8s.io/mutatingwebhookconfigurations/another',
      'no: create admissionregistration.k8s.io/validatingwebhookconfigurations',
      'no: delete admissionregistration.k8s.io/validatingwebhookconfigurations/seawall-pods',
      'yes: list /pods',
      'no: create /pods seawall',
      'no: get /nodes',
    ])('its ServiceAccount may: %s', async (line) => {
      expect(await may(line.replace(/^\w+: /, ''))).toBe(line);
    });

    test('the namespace deleted alone leaves the webhook armed, and the one command of docs/install.md disarms it', async () => {
      await kubectl('delete', 'namespace', 'seawall');
      expect((await createPod()).stderr).toContain(failsClosed);
      expect(await kubectl('delete', webhookConfigurations, ...ours)).toMatchObject({ code: 0 });
      await podsStart();
      await kubectl('delete', '-k', '.', '--ignore-not-found');
    });
  });

  describe('audit-only', () => {
    test('is taken without a warning, and its pods are there', async () => {
      expect(await kubectl('apply', '-k', 'overlays/audit-only')).toMatchObject({ code: 0, stderr: '' });
      await twoPods();
    });

    test('pods elsewhere start, although nobody answers', async () => {
      await waitUntil('a pod that the API server lets through', async () => {
        expect(await createPod()).toEqual({ code: 0, stdout: 'pod/app\n', stderr: '' });
        const metrics = await printed('get', '--raw', '/metrics');
        return metrics.includes('apiserver_admission_webhook_fail_open_count{name="pods.seawall.dev"')
          ? true
          : undefined;
      });
    });

    test('the whole over it arms it, and kubectl delete -k leaves nothing behind', async () => {
      expect(await kubectl('apply', '-k', '.')).toMatchObject({ code: 0, stderr: '' });
      await podIsRefused();
      expect(await kubectl('delete', '-k', '.')).toMatchObject({ code: 0, stderr: '' });
      expect(await printed('get', everything, ...ours, '-o', 'name')).toBe('');
      await podsStart();
    });
  });

  describe('cert-manager', () => {
    test('is taken without a warning, and its pods are there', async () => {
      expect(await kubectl('apply', '-k', 'overlays/cert-manager')).toMatchObject({ code: 0, stderr: '' });
      await twoPods();
    });

    test('each configuration asks for the CA of the Certificate that the pods serve', async () => {
      const annotation = 'jsonpath={.items[*].metadata.annotations.cert-manager\\.io/inject-ca-from}';
      const named = await printed('get', webhookConfigurations, '-o', annotation);
      expect(named).toBe(Array(3).fill('seawall/seawall-serving').join(' '));
      const secret = await printed(
        'get',
        'certificate',
        '-n',
        'seawall',
        'seawall-serving',
        '-o',
        'jsonpath={.spec.secretName}',
      );
      const mounted = 'jsonpath={.spec.template.spec.volumes[?(@.name=="tls")].secret.secretName}';
      expect(await printed('get', 'deployment', '-n', 'seawall', 'seawall', '-o', mounted)).toBe(secret);
    });

    test('its ServiceAccount has nothing to do with Secrets, Leases and webhook configurations', async () => {
      const lines = [
        'no: get /secrets/seawall-certificates seawall',
        'no: create /secrets seawall',
        'no: update coordination.k8s.io/leases/seawall seawall',
        'no: patch admissionregistration.k8s.io/validatingwebhookconfigurations/seawall-pods',
        'yes: list /pods',
      ];
      expect(await Promise.all(lines.map((line) => may(line.replace(/^\w+: /, ''))))).toEqual(lines);
    });

    test('taken away from the last object to the first, it leaves nothing behind', async () => {
      const objects = (await printed('kustomize', 'overlays/cert-manager')).split(/^---\n/m).toReversed();
      const stdin = objects.join('\n---\n');
      expect(await cluster.kubectl(['delete', '-f', '-'], { stdin, timeoutMs: 120_000 })).toMatchObject({ code: 0 });
      expect(await printed('get', everything, ...ours, '-o', 'name')).toBe('');
      await podsStart();
    });
  });
});
