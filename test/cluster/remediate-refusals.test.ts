// Needs the control plane level. What is refused, what is resumed, and that nothing is half-done and unrecorded.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { container, podSpec } from '../support/pods.ts';
import type { CuttableLink } from './client/cuttable.ts';
import { cuttable } from './client/cuttable.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import type { AdmissionRequest, TestWebhook } from './harness/webhook.ts';
import { startTestWebhook } from './harness/webhook.ts';
import type { Remediator } from './remediation.ts';
import { filesOf, makeNamespace, offender, podsOf, remediator, specOf, waitForPods } from './remediation.ts';

const root = join(import.meta.dirname, '..', '..');

describeLevel('control plane', 'what seawall remediate refuses and resumes', () => {
  let cluster: ControlPlane;
  let person: Remediator;
  let link: CuttableLink;
  /** The same person, over a line that can be cut. */
  let far: Remediator;
  let farKubeconfig: string;
  let webhook: TestWebhook;
  /** What happens when the API server is about to store a change of the Deployment of this name. */
  const onChange = new Map<string, () => boolean>();

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await Promise.all(['shop', 'seawall'].map((name) => makeNamespace(cluster, name)));
    person = remediator(cluster.kubeconfig);
    link = await cuttable(cluster.url);
    const kubeconfig = readFileSync(cluster.kubeconfig, 'utf8').replace(cluster.url, link.url);
    farKubeconfig = join(person.folder, 'far.kubeconfig');
    writeFileSync(farKubeconfig, kubeconfig, { mode: 0o600 });
    far = remediator(farKubeconfig, ['--request-timeout', '3s']);
    webhook = await startTestWebhook(cluster, (request) => ({ allowed: decide(request) }));
    await cluster.apply(registration());
  }, startTimeoutMs);
  afterAll(async () => {
    person.close();
    far.close();
    link.close();
    await webhook.close();
    await cluster.stop();
  });

  function decide({ name = '', options, userInfo }: AdmissionRequest): boolean {
    const isDryRun = JSON.stringify(options ?? {}).includes('All');
    if (isDryRun || userInfo.username !== 'admin') return true;
    const happens = onChange.get(name);
    onChange.delete(name);
    return happens?.() ?? true;
  }

  const registration = () => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'witness-of-changes' },
    webhooks: [
      {
        name: 'changes.test.example',
        clientConfig: webhook.clientConfig,
        rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        admissionReviewVersions: ['v1'],
      },
    ],
  });

  async function deployment(name: string, annotations: Record<string, string> = {}): Promise<string> {
    const { metadata, ...rest } = offender('Deployment', name);
    await cluster.apply({ ...rest, metadata: { ...metadata, annotations } });
    await waitForPods(cluster, name, 2);
    return specOf(cluster, 'deployment', name);
  }

  const replicas = async (name: string): Promise<number> =>
    (JSON.parse(await specOf(cluster, 'deployment', name)) as { readonly replicas: number }).replicas;

  describe('a plan', () => {
    test('of what Argo CD made: the patch for the repository, and the command that stops Argo CD', async () => {
      const before = await deployment('argo', { 'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:shop/argo' });
      const plan = await person.plan('argo', 'deployment/argo', '-n', 'shop');
      expect(plan).toMatchObject({ code: 3 });
      expect(plan.stdout).toContain('Deployment shop/argo: refused: Argo CD application web made it');
      expect(plan.stdout).toContain('    - {"op":"add","path":"/spec/replicas","value":0}\n');
      expect(plan.stdout).toContain('kubectl -n argocd patch applications.argoproj.io web --type merge');
      expect(plan.stdout).toContain('nothing is left to apply\n');
      expect(await person.run('apply', plan.file, '--yes')).toMatchObject({ code: 3 });
      expect(await specOf(cluster, 'deployment', 'argo')).toBe(before);
      const insisted = await person.plan('argo', 'deployment/argo', '-n', 'shop', '--override-gitops');
      expect(insisted).toMatchObject({ code: 0 });
      expect(insisted.stdout).toContain('  overrides Argo CD application web, which may bring it back\n');
    });

    test('of a pod whose owner is of an unknown kind, of a mirror pod, of protected namespaces, of nothing', async () => {
      await cluster.apply([
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'widget', namespace: 'shop' } },
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
      ]);
      const owned = async (path: string, kind: string, name: string) => {
        const { metadata } = (await cluster.request('GET', path)).body as {
          readonly metadata: { readonly uid: string };
        };
        return [{ apiVersion: 'v1', kind, name, uid: metadata.uid, controller: true }];
      };
      const widget = await owned('/api/v1/namespaces/shop/configmaps/widget', 'ConfigMap', 'widget');
      const node = await owned('/api/v1/nodes/node-a', 'Node', 'node-a');
      const pod = (name: string, metadata: object, spec: object = {}) => ({
        ...offender('Pod', name, { ...spec }),
        metadata: { name, namespace: 'shop', ...metadata },
      });
      await cluster.apply([
        pod('widget-1', { ownerReferences: widget }),
        pod(
          'etcd-node-a',
          {
            ownerReferences: node,
            annotations: { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' },
          },
          { nodeName: 'node-a' },
        ),
        { ...offender('Deployment', 'system'), metadata: { name: 'system', namespace: 'kube-system' } },
        { ...offender('Deployment', 'seawall'), metadata: { name: 'seawall', namespace: 'seawall' } },
      ]);
      const refusal = async (...args: readonly string[]): Promise<string> => {
        const { code, stdout } = await person.plan('refused', ...args);
        expect(code).toBe(3);
        return stdout;
      };
      expect(await refusal('pod/widget-1', '-n', 'shop')).toContain(
        'Pod shop/widget-1: refused: unknown owner kind ConfigMap: ConfigMap shop/widget makes these pods; change it as its operator wants it, nothing was changed\n',
      );
      expect(await refusal('pod/etcd-node-a', '-n', 'shop')).toContain(
        "a static pod: the kubelet of node node-a runs it without asking, and a delete here does nothing; take its manifest out of the kubelet's staticPodPath there (kubeadm: /etc/kubernetes/manifests)\n",
      );
      expect(await refusal('-A', '--rule', 'host-network', '--max-targets', '50')).toContain(
        'Deployment kube-system/system: refused: namespace kube-system is protected: name it (-n kube-system) to insist\n',
      );
      expect(await person.plan('named', 'deployment/system', '-n', 'kube-system')).toMatchObject({ code: 0 });
      expect(await refusal('deployment/seawall', '-n', 'seawall')).toContain(
        "Seawall's own namespace is never touched",
      );
      expect(await refusal('deployment/nobody', '-n', 'shop')).toContain('Deployment shop/nobody does not exist\n');
      expect(await person.plan('usage', 'widget/x')).toMatchObject({ code: 2 });
      expect(await person.plan('usage')).toMatchObject({ code: 2 });
      expect(await person.plan('usage', '-A', '--rule', 'no-such-rule')).toMatchObject({ code: 2 });
    });

    test('of a delete: the dry run deletes nothing', async () => {
      await cluster.apply(offender('Pod', 'spared'));
      const plan = await person.plan('spared', 'pod/spared', '-n', 'shop', '--step', 'delete');
      expect(plan).toMatchObject({ code: 0 });
      expect(plan.stdout).toContain('does      Pod shop/spared: delete (nothing makes it anew)\n');
      expect(await podsOf(cluster, 'spared')).toEqual(['pod/spared']);
    });

    test('of a pod in a budget: told with the budget, nothing forced; in two budgets: told so', async () => {
      await cluster.apply([offender('Pod', 'held'), offender('Pod', 'torn')]);
      const budget = (name: string, app: string) => ({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name, namespace: 'shop' },
        spec: { minAvailable: 1, selector: { matchLabels: { app } } },
      });
      for (const name of ['held', 'torn']) {
        await cluster.request(
          'PATCH',
          `/api/v1/namespaces/shop/pods/${name}/status`,
          { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
          { contentType: 'application/merge-patch+json' },
        );
      }
      await cluster.apply([budget('keep-held', 'held'), budget('torn-1', 'torn'), budget('torn-2', 'torn')]);
      await waitUntil('the budget to count its pod', async () => {
        const { body } = await cluster.request('GET', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/keep-held');
        const { status } = body as { readonly status?: { readonly currentHealthy?: number } };
        return status?.currentHealthy === 1 ? true : undefined;
      });
      const held = await person.plan('held', 'pod/held', '-n', 'shop');
      expect(held).toMatchObject({ code: 3 });
      expect(held.stdout).toContain(
        'a disruption budget holds the pod, and it is not forced: The disruption budget keep-held needs 1 healthy pods and has 1 currently',
      );
      expect((await person.plan('torn', 'pod/torn', '-n', 'shop')).stdout).toContain(
        'several disruption budgets select the pod, and no eviction works then',
      );
      expect(await podsOf(cluster, 'held')).toEqual(['pod/held']);
    });
  });

  describe('apply', () => {
    const edited = (file: string, edit: (plan: Record<string, unknown>) => void): string => {
      const plan = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      edit(plan);
      writeFileSync(file, JSON.stringify(plan));
      return file;
    };

    test('of a plan that has expired, or is for another context, server or user', async () => {
      const before = await deployment('bound');
      const { file } = await person.plan('bound', 'deployment/bound', '-n', 'shop');
      const good = readFileSync(file, 'utf8');
      const apply = (path: string) => person.run('apply', path, '--yes');
      const old = edited(file, (plan) => (plan['expiresAt'] = '2026-01-01T00:00:00Z'));
      expect((await apply(old)).stderr).toContain(
        'refused: the plan has expired at 2026-01-01T00:00:00Z: make it anew\n',
      );
      for (const key of ['context', 'server', 'user']) {
        writeFileSync(file, good);
        const other = edited(file, (plan) => (plan['cluster'] = { ...(plan['cluster'] as object), [key]: 'prod' }));
        const result = await person.run('apply', other, '--yes', '--case', join(person.folder, `other-${key}`));
        expect(result).toMatchObject({ code: 3 });
        expect(result.stderr).toContain(`refused: the plan is for ${key} prod, and this is `);
      }
      expect(await specOf(cluster, 'deployment', 'bound')).toBe(before);
    });

    test('of a plan that was made with another policy than the one that is given; verify tells', async () => {
      const before = await deployment('judged');
      const policyFile = (name: string): string => {
        const path = join(person.folder, `${name}.yaml`);
        writeFileSync(path, `apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: ${name} }\nspec: {}\n`);
        return path;
      };
      const policies = ['shop', 'lab'].map(policyFile);
      const [own = '', other = ''] = policies;
      const planned = await person.plan('judged', 'deployment/judged', '-n', 'shop', '--policy', own);
      expect(planned.stdout).toContain(`--policy ${own} ${planned.file}`);
      const refused = await person.run('apply', planned.file, '--yes', '--policy', other);
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.stderr).toContain('the plan was made with policy shop, and this is policy lab: plan again');
      expect(await specOf(cluster, 'deployment', 'judged')).toBe(before);
      const applied = await person.run('apply', planned.file, '--yes', '--policy', own);
      expect(applied).toMatchObject({ code: 0 });
      expect(applied.stdout).toContain(`--policy ${own} ${person.caseOf(planned.file)}`);
      const verified = await person.run('verify', person.caseOf(planned.file), '--watch', '0');
      expect(verified.stderr).toContain('the plan was made with policy shop, and this is policy default (--policy)');
    });

    test('of a plan that was edited to change something else', async () => {
      await deployment('forged');
      const { file } = await person.plan('forged', 'deployment/forged', '-n', 'shop');
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace('"/spec/replicas"', '"/spec/template/spec/containers/0/image"'),
      );
      const result = await person.run('apply', file, '--yes');
      expect(result).toMatchObject({ code: 1 });
      expect(result.stderr).toContain(
        'no change of /spec/template/spec/containers/0/image of a Deployment is expected',
      );
    });

    test('of a target that changed since, or was made anew; the others only with --keep-going', async () => {
      await deployment('fine');
      await deployment('moved');
      const { file } = await person.plan('moved', 'deployment/fine', 'deployment/moved', '-n', 'shop');
      await cluster.kubectl(['scale', 'deployment/moved', '-n', 'shop', '--replicas=3']);
      const refused = await person.run('apply', file, '--yes');
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.stderr).toContain(
        'refused: Deployment shop/moved: changed since the plan: plan again\nrefused: nothing was changed\n',
      );
      expect(await replicas('fine')).toBe(2);
      const kept = await person.run('apply', file, '--yes', '--keep-going');
      expect(kept).toMatchObject({ code: 3 });
      expect(kept.stdout).toContain('applied: 1 target;');
      expect([await replicas('fine'), await replicas('moved')]).toEqual([0, 3]);
      await cluster.kubectl(['delete', 'deployment/moved', '-n', 'shop', '--cascade=foreground', '--wait=true']);
      await deployment('moved');
      const second = await person.plan('anew', 'deployment/moved', '-n', 'shop');
      await cluster.kubectl(['delete', 'deployment/moved', '-n', 'shop', '--cascade=foreground', '--wait=true']);
      await deployment('moved');
      expect((await person.run('apply', second.file, '--yes')).stderr).toContain(
        'changed since the plan: it was made anew',
      );
    });

    test('of a pod that has lost its owner since: nothing would make it anew, and no one has confirmed that', async () => {
      await cluster.apply([offender('ReplicaSet', 'lost')]);
      await waitForPods(cluster, 'lost', 2);
      const mended = '[{"op":"remove","path":"/spec/template/spec/hostNetwork"}]';
      await cluster.kubectl(['patch', 'replicaset/lost', '-n', 'shop', '--type=json', '-p', mended]);
      const { file, stdout } = await person.plan('lost', 'replicaset/lost', '-n', 'shop', '--min-healthy', '0');
      expect(stdout).toContain('evict');
      const pods = await podsOf(cluster, 'lost');
      const released =
        '[{"op":"remove","path":"/metadata/ownerReferences"},{"op":"replace","path":"/metadata/labels","value":{}}]';
      for (const pod of pods) {
        expect(await cluster.kubectl(['patch', pod, '-n', 'shop', '--type=json', '-p', released])).toMatchObject({
          code: 0,
        });
      }
      const refused = await person.run('apply', file, '--yes');
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.stderr).toContain('changed since the plan: nothing makes it anew now: plan again\n');
      const left = await cluster.kubectl(['get', ...pods, '-n', 'shop', '-o', 'name']);
      expect(left.stdout.trim().split('\n')).toEqual(pods);
    });

    test('of two operators at once: one is refused, and the other has done it', async () => {
      await deployment('contested');
      const plans = await Promise.all(
        ['one', 'two'].map((name) => person.plan(name, 'deployment/contested', '-n', 'shop')),
      );
      const results = await Promise.all(plans.map(({ file }) => person.run('apply', file, '--yes')));
      expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
      const loser = results.find(({ code }) => code !== 0);
      expect(`${loser?.stdout}${loser?.stderr}`).toContain('changed since the plan');
      expect(await replicas('contested')).toBe(0);
    });

    test('of one plan by two processes at once: one writer, and what is left is gone on with', async () => {
      await deployment('shared');
      const { file } = await person.plan('shared', 'deployment/shared', '-n', 'shop');
      const results = await Promise.all([1, 2].map(() => person.run('apply', file, '--yes')));
      expect(results.filter(({ code }) => code === 0).length).toBeLessThanOrEqual(1);
      const last = await person.run('apply', file, '--yes');
      expect([0, 3]).toContain(last.code);
      const journal = filesOf(person.caseOf(file)).get('journal.jsonl') ?? '';
      expect(journal.match(/"event":"done"/g)).toHaveLength(1);
      expect(journal).toContain('"event":"finished"');
      expect(await replicas('shared')).toBe(0);
    });

    test('a connection that is lost before the change is stored: nothing changed, and gone on with', async () => {
      const before = await deployment('cut-before');
      const { file } = await far.plan('cut-before', 'deployment/cut-before', '-n', 'shop');
      onChange.set('cut-before', () => {
        link.cut();
        return false;
      });
      const cut = await far.run('apply', file, '--yes');
      expect(cut).toMatchObject({ code: 1 });
      expect(cut.stderr).toContain(
        `run the same apply again to go on, or: seawall remediate undo --kubeconfig ${farKubeconfig} ${far.caseOf(file)}\n`,
      );
      link.mend();
      expect(await specOf(cluster, 'deployment', 'cut-before')).toBe(before);
      const again = await far.run('apply', file, '--yes');
      expect(again).toMatchObject({ code: 0 });
      expect(again.stderr).toContain('was not made when the connection was lost\n');
      expect(await replicas('cut-before')).toBe(0);
    });

    test('an answer that is lost after the change is stored: found to be made, and gone on with, or taken back', async () => {
      const before = await deployment('cut-after');
      const next = await deployment('cut-next');
      const { file } = await far.plan('cut-after', 'deployment/cut-after', 'deployment/cut-next', '-n', 'shop');
      onChange.set('cut-after', () => {
        link.freeze();
        return true;
      });
      expect(await far.run('apply', file, '--yes')).toMatchObject({ code: 1 });
      expect([await replicas('cut-after'), await replicas('cut-next')]).toEqual([0, 2]);
      const again = await far.run('apply', file, '--yes');
      expect(again).toMatchObject({ code: 0 });
      expect(again.stderr).toContain('was made, though no answer had come\n');
      expect(await replicas('cut-next')).toBe(0);

      onChange.set('cut-after', () => {
        link.freeze();
        return true;
      });
      expect(await far.run('undo', far.caseOf(file), '--yes')).toMatchObject({ code: 1 });
      expect(await far.run('undo', far.caseOf(file), '--yes')).toMatchObject({ code: 0 });
      expect(await specOf(cluster, 'deployment', 'cut-after')).toBe(before);
      expect(await specOf(cluster, 'deployment', 'cut-next')).toBe(next);
    });

    test('a process that is killed half-way: undo knows what it had done', async () => {
      const before = await deployment('killed');
      const { file } = await person.plan('killed', 'deployment/killed', '-n', 'shop');
      const args = ['remediate', 'apply', file, '--yes', '--kubeconfig', cluster.kubeconfig];
      const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'src/cli/main.ts'), ...args], {
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      onChange.set('killed', () => child.kill('SIGKILL'));
      await ended;
      const journal = join(person.caseOf(file), 'journal.jsonl');
      expect(readFileSync(journal, 'utf8').trim().split('\n').at(-1)).toContain('"event":"started"');
      // As if it had been killed while it wrote the next line.
      appendFileSync(journal, '{"time":"2026-');
      expect(await person.run('undo', person.caseOf(file), '--yes')).toMatchObject({ code: 0 });
      expect(await specOf(cluster, 'deployment', 'killed')).toBe(before);
    });
  });

  describe('verify and undo', () => {
    test('a change that is brought back, and pods that are made anew, are told', async () => {
      await deployment('reverted');
      const { file } = await person.plan('reverted', 'deployment/reverted', '-n', 'shop');
      await person.run('apply', file, '--yes');
      const verifying = person.run('verify', person.caseOf(file), '--watch', '5s');
      await cluster.apply({ ...offender('Deployment', 'by-another') });
      const seen = await verifying;
      expect(seen).toMatchObject({ code: 3 });
      expect(seen.stdout).toMatch(
        /NOT OK: Deployment shop\/reverted: made anew: Pod shop\/by-another-\S+ \(.*\) of Deployment shop\/by-another\n/,
      );
      await cluster.kubectl(['scale', 'deployment/reverted', '-n', 'shop', '--replicas=1']);
      await waitForPods(cluster, 'reverted', 1);
      const after = await person.run('verify', person.caseOf(file), '--watch', '0');
      expect(after.stdout).toContain('is neither as it was before nor as it was to be: someone else changed it');
      expect(after.stdout).toContain('1 pods are there still');
    });

    test('undo of what others changed since: refused, and with --force only its own fields', async () => {
      await deployment('touched');
      const { file } = await person.plan('touched', 'deployment/touched', '-n', 'shop');
      await person.run('apply', file, '--yes');
      const labels = '{"spec":{"template":{"metadata":{"labels":{"more":"x"}}}}}';
      await cluster.kubectl(['patch', 'deployment/touched', '-n', 'shop', '--type=merge', '-p', labels]);
      const refused = await person.run('undo', person.caseOf(file), '--yes');
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.stderr).toContain(
        'changed since it was applied; say --force to take back its own fields all the same\n',
      );
      expect(await replicas('touched')).toBe(0);
      expect(await person.run('undo', person.caseOf(file), '--yes', '--force')).toMatchObject({ code: 0 });
      expect(await replicas('touched')).toBe(2);
      expect(await specOf(cluster, 'deployment', 'touched')).toContain('"more":"x"');
    });

    test('undo where one object is gone: refused as a whole, and with --force the rest comes back', async () => {
      const before = await deployment('stays');
      await deployment('goes');
      const { file } = await person.plan('gone', 'deployment/stays', 'deployment/goes', '-n', 'shop');
      expect(await person.run('apply', file, '--yes')).toMatchObject({ code: 0 });
      await cluster.kubectl(['delete', 'deployment/goes', '-n', 'shop']);
      const refused = await person.run('undo', person.caseOf(file), '--yes');
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.stderr).toContain(
        'Deployment shop/goes: scale to 0 (from 2): the object was deleted, or made anew\n',
      );
      expect(await replicas('stays')).toBe(0);
      const forced = await person.run('undo', person.caseOf(file), '--yes', '--force');
      expect(forced).toMatchObject({ code: 3 });
      expect(forced.stdout).toContain('NOT taken back: Deployment shop/goes');
      expect(await specOf(cluster, 'deployment', 'stays')).toBe(before);
    });

    test("a folder that is somebody's own is neither filled nor closed", async () => {
      await deployment('folder');
      const { file } = await person.plan('folder', 'deployment/folder', '-n', 'shop');
      const { mode } = statSync(root);
      const result = await person.run('apply', file, '--yes', '--case', root);
      expect(result).toMatchObject({ code: 1 });
      expect(result.stderr).toContain('it is not empty, and no case; name another folder (--case)\n');
      expect(statSync(root).mode).toBe(mode);
      expect(await replicas('folder')).toBe(2);
    });

    test('a pod that its webhook would refuse is not half-made again', async () => {
      const pod = podSpec({ containers: [container({ image: 'docker.io/instrumentisto/nmap' })], hostPID: true });
      await cluster.apply(offender('Pod', 'barred', {}, pod));
      const { file } = await person.plan('barred', 'pod/barred', '-n', 'shop');
      expect(await person.run('apply', file, '--yes', '--confirm', 'test/1')).toMatchObject({ code: 0 });
      await cluster.apply({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'none', namespace: 'shop' },
        spec: { hard: { pods: '0' } },
      });
      await waitUntil('the quota', async () => {
        const { status } = await cluster.request(
          'POST',
          '/api/v1/namespaces/shop/pods?dryRun=All',
          offender('Pod', 'x'),
        );
        return status === 403 ? true : undefined;
      });
      const refused = await person.run('undo', person.caseOf(file), '--yes');
      await cluster.kubectl(['delete', 'resourcequota', 'none', '-n', 'shop']);
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.stderr).toContain('exceeded quota');
      expect(refused.stderr).toContain('nothing was taken back\n');
    });
  });
});
