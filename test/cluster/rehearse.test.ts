// Needs the control plane level. A candidate policy against today's workloads, and a server's dry run in a scratch namespace.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../support/command-io.ts';
import { container, podSpec } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import type { Remediator } from './remediation.ts';
import { makeNamespace, offender, remediator, waitForPods } from './remediation.ts';

/** The parts of a kubeconfig that are lists of names. */
interface Config {
  readonly clusters: readonly { readonly name: string }[];
  readonly users: readonly { readonly name: string }[];
  readonly contexts: readonly { readonly name: string }[];
}

/** Two kubeconfigs in one file, the context of the second as `other`. */
function joined(here: Config | undefined, there: Config | undefined): object {
  const renamed = <T extends { readonly name: string }>(list: readonly T[] = []): T[] =>
    list.map((each) => ({ ...each, name: 'other' }));
  return {
    ...here,
    clusters: [...(here?.clusters ?? []), ...renamed(there?.clusters)],
    users: [...(here?.users ?? []), ...renamed(there?.users)],
    contexts: [...(here?.contexts ?? []), { name: 'other', context: { cluster: 'other', user: 'other' } }],
  };
}

const webhookThatIsAway = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'away' },
  webhooks: [
    {
      name: 'away.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      timeoutSeconds: 1,
      clientConfig: { url: 'https://127.0.0.1:1/validate' },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
  ],
};

describeLevel('control plane', 'seawall rehearse', () => {
  let cluster: ControlPlane;
  let person: Remediator;
  let policy: string;

  const rehearse = (...args: readonly string[]) =>
    runCommand(['rehearse', '-n', 'shop', '--kubeconfig', cluster.kubeconfig, ...args], { nowMs: Date.now() });

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    person = remediator(cluster.kubeconfig);
    policy = join(person.folder, 'candidate.yaml');
    writeFileSync(
      policy,
      'apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: candidate }\nspec:\n  rules:\n    net-raw-default: { action: deny, fix: true }\n',
    );
    await makeNamespace(cluster, 'shop');
    await makeNamespace(cluster, 'scratch');
    await cluster.kubectl(['label', 'namespace', 'scratch', 'pod-security.kubernetes.io/enforce=baseline']);
    const unmended = podSpec({ containers: [container({ securityContext: {} })] });
    await cluster.apply([
      offender('Deployment', 'on-host'),
      offender('Deployment', 'clean', {}, podSpec({ serviceAccountName: 'default' })),
      offender('StatefulSet', 'unmended', {}, unmended),
      offender('CronJob', 'path', {}, podSpec({ volumes: [{ name: 'v', hostPath: { path: '/opt/data' } }] })),
      offender('Pod', 'bare', {}, unmended),
    ]);
    await waitForPods(cluster, 'on-host', 2);
  }, startTimeoutMs);
  afterAll(async () => {
    person.close();
    await cluster.stop();
  });

  test('what the candidate refuses, repairs and takes, each root once, and that no server was asked', async () => {
    const { code, stdout } = await rehearse('--policy', policy);
    expect(stdout).toContain('candidate policy candidate: judged here, by this seawall, as its webhook would\n');
    expect(stdout).toContain('no server was asked (--scratch)');
    expect(stdout).toContain('Deployment shop/on-host: candidate refused (host-network)\n');
    expect(stdout).toContain('StatefulSet shop/unmended: candidate repaired (dropped NET_RAW from app)\n');
    expect(stdout).toContain('Pod shop/bare: candidate repaired (dropped NET_RAW from app)\n');
    expect(stdout).not.toContain('shop/clean');
    expect(stdout).not.toContain('ReplicaSet');
    expect(code).toBe(3);
  });

  test('the server of the stage answers with what is in force there: Pod Security; nothing is made', async () => {
    const { code, stdout } = await rehearse('--policy', policy, '--scratch', 'scratch');
    expect(code).toBe(3);
    expect(stdout).toContain(
      'server: dry run in namespace scratch of context test: it answers with what is in force there',
    );
    expect(stdout).toMatch(
      /Deployment shop\/on-host: candidate refused \(host-network\); server refuses: .*violates PodSecurity "baseline/,
    );
    expect(stdout).toMatch(/CronJob shop\/path: candidate \w+.*; server refuses: .*hostPath/);
    expect(stdout).toContain(
      'StatefulSet shop/unmended: candidate repaired (dropped NET_RAW from app); server takes it\n',
    );
    expect((await cluster.kubectl(['get', 'pods', '-n', 'scratch', '-o', 'name'])).stdout).toBe('');
    expect(await rehearse('--policy', policy, '--scratch', 'nowhere')).toMatchObject({ code: 1 });
    expect(await rehearse('--to-context', 'test')).toMatchObject({ code: 2 });
  });

  test('who may not make pods in the scratch namespace gets no report that its server refuses them', async () => {
    await cluster.kubectl(['create', 'clusterrolebinding', 'viewer', '--clusterrole=view', '--user=viewer']);
    expect(await rehearse('--policy', policy, '--scratch', 'scratch', '--as', 'viewer')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('the right to create pods in namespace scratch is missing') as string,
    });
  });

  describe('on another cluster', () => {
    let other: ControlPlane;
    let both: string;
    let observing: string;
    const rehearseThere = (...args: readonly string[]) =>
      runCommand(
        ['rehearse', '-n', 'shop', '--kubeconfig', both, '--scratch', 'stage', '--to-context', 'other', ...args],
        { nowMs: Date.now() },
      );

    beforeAll(async () => {
      other = await startControlPlane();
      await other.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'stage' } }]);
      // No controller makes it there.
      await other.apply([
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'stage' } },
      ]);
      both = join(person.folder, 'both.kubeconfig');
      const [here, there] = [cluster, other].map(
        ({ kubeconfig }) => JSON.parse(readFileSync(kubeconfig, 'utf8')) as Config,
      );
      writeFileSync(both, JSON.stringify(joined(here, there)));
      observing = join(person.folder, 'observing.yaml');
      writeFileSync(
        observing,
        'apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: observing }\nspec: { profile: observe }\n',
      );
    }, startTimeoutMs);
    afterAll(() => other.stop());

    test('its server answers, not the one whose workloads they are; nothing is made in either', async () => {
      const { code, stdout } = await rehearseThere('--policy', policy);
      expect(stdout).toContain('server: dry run in namespace stage of context other');
      // No Pod Security there.
      expect(stdout).toContain('Deployment shop/on-host: candidate refused (host-network); server takes it\n');
      expect(code).toBe(3);
      for (const { kubectl } of [cluster, other]) {
        expect((await kubectl(['get', 'pods', '-n', 'stage', '-o', 'name'])).stdout).toBe('');
      }
      expect(await rehearseThere('--to-context', 'nowhere')).toMatchObject({ code: 1, stdout: '' });
    });

    test('a pod that it gives no answer for is told as that, and makes the exit code 4', async () => {
      await other.apply([webhookThatIsAway]);
      await waitUntil('it to be asked', async () => {
        const path = '/api/v1/namespaces/stage/pods?dryRun=All';
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: podSpec({}) };
        return (await other.request('POST', path, pod)).status === 500 ? true : undefined;
      });
      const { code, stdout } = await rehearseThere('--policy', observing);
      expect(stdout).toMatch(/server: 0 refused, [1-9]\d* not answered\n/);
      expect(stdout).toMatch(/shop\/on-host: candidate \w+.*; server gives no answer: .*failed calling webhook/);
      expect(code).toBe(4);
    });
  });

  describe('a plan', () => {
    let file: string;
    const tried = (...args: readonly string[]) =>
      runCommand(['rehearse', '--plan', file, '--kubeconfig', cluster.kubeconfig, ...args], { nowMs: Date.now() });
    beforeAll(async () => {
      ({ file } = await person.plan('plan', 'deployment/on-host', '-n', 'shop'));
    });

    test('what it would meet, as lines and as JSON', async () => {
      expect(await tried()).toMatchObject({ code: 0, stdout: 'Deployment shop/on-host: suspend would be applied\n' });
      await cluster.kubectl(['scale', 'deployment/on-host', '-n', 'shop', '--replicas=1']);
      const bad = await tried();
      expect(bad).toMatchObject({ code: 3 });
      expect(bad.stdout).toContain(
        'Deployment shop/on-host: suspend would be refused\n  Deployment shop/on-host: changed since the plan',
      );
      const { code, stdout } = await tried('-o', 'json');
      expect(code).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({
        kind: 'PlanRehearsal',
        targets: [
          {
            object: { kind: 'Deployment', namespace: 'shop', name: 'on-host' },
            step: 'suspend',
            hindrances: [expect.stringContaining('changed since the plan')],
          },
        ],
      });
    });

    test('is held against the policy that is given, as apply does', async () => {
      const refused = await tried('--policy', policy);
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toContain(
        'the plan was made with policy default, and this is policy candidate: plan again',
      );
    });

    test.each([
      ['-n', 'shop'],
      ['--scratch', 'scratch'],
    ])('is tried whole and in its place, so %s is refused', async (...flag) => {
      expect(await tried(...flag)).toMatchObject({ code: 2, stdout: '' });
    });
  });
});
