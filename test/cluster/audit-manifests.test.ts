// Needs the control plane level. The real API server takes the manifests of the audit, and their account is enough for it.
import { join } from 'node:path';
import { runCommand } from '../support/command-io.ts';
import { podSpec } from '../support/pods.ts';
import { AuditReplica } from './audit-replica.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import { reportKinds } from './report-kinds.ts';
import { resourceName, rightsIn, rightText } from './role-rights.ts';

const manifests = join(import.meta.dirname, '..', '..', 'manifests');

/** Every right of the account by itself. */
const granted = [
  'audit/11-rbac-read.yaml',
  'audit/12-rbac-reports.yaml',
  'overlays/audit-live/13-rbac-lease.yaml',
].flatMap(rightsIn);

/** A kind of the whole cluster that has a pod template. */
const clusterWorkflowTemplates = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'clusterworkflowtemplates.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Cluster',
    names: { plural: 'clusterworkflowtemplates', singular: 'clusterworkflowtemplate', kind: 'ClusterWorkflowTemplate' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

describeLevel('control plane', 'the manifests of the audit', () => {
  let cluster: ControlPlane;
  let account: string;

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await cluster.apply([...(await reportKinds('openreports')), clusterWorkflowTemplates]);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    expect(await kubectl('apply', '-k', 'overlays/audit-only')).toMatchObject({ code: 0, stderr: '' });
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'default', name: 'web' },
        spec: podSpec({ hostNetwork: true }),
      },
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ClusterWorkflowTemplate',
        metadata: { name: 'scan' },
        spec: { hostNetwork: true, templates: [{ name: 'scan', container: { image: 'app' } }] },
      },
    ]);
  }, startTimeoutMs);
  afterAll(() => cluster.stop());

  const kubectl = (...args: readonly string[]) => cluster.kubectl(args, { cwd: manifests, timeoutMs: 120_000 });
  const may = async (question: string) => {
    const [verb, attributes = '', namespace] = question.split(' ');
    const [group, resource, name] = attributes.split('/');
    const review = { user: 'system:serviceaccount:seawall:seawall-audit', groups: ['system:serviceaccounts'] };
    const { body } = await cluster.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { ...review, resourceAttributes: { verb, group, resource, name, namespace } },
    });
    const { status } = body as { readonly status: { readonly allowed: boolean } };
    return `${status.allowed ? 'yes' : 'no'}: ${question}`;
  };
  const reports = async () => (await kubectl('get', 'reports.openreports.io', '-A', '-o', 'name')).stdout.trim();

  test('the scheduled audit is taken without a warning, a second time changes nothing, and its pods pass Pod Security', async () => {
    expect(await kubectl('apply', '-k', 'overlays/audit-scheduled')).toMatchObject({ code: 0, stderr: '' });
    expect(await kubectl('diff', '-k', 'overlays/audit-scheduled')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await kubectl('create', 'job', '-n', 'seawall', '--from=cronjob/seawall-audit', 'now')).toMatchObject({
      code: 0,
      stderr: '',
    });
    await waitUntil('its pod', async () => {
      const { stdout } = await kubectl('get', 'pods', '-n', 'seawall', '-l', 'job-name=now', '-o', 'name');
      return stdout.trim() === '' ? undefined : true;
    });
  });

  test('its account is enough for the audit to see everything and to write reports', async () => {
    account = cluster.writeKubeconfig('audit', {
      kind: 'token',
      token: await cluster.serviceAccountToken('seawall', 'seawall-audit'),
    });
    const { code, stderr } = await runCommand(['audit', '--kubeconfig', account, '--write-reports']);
    expect(stderr).toMatch(/^.*: read \d+ pods and \d+ templates; each kind as of one moment\nreport objects .*\n$/);
    expect(code).toBe(0);
    expect(await reports()).toContain('report.openreports.io/seawall-0');
    const { stdout } = await kubectl('get', 'clusterreports.openreports.io', '-o', 'name');
    expect(stdout).toContain('clusterreport.openreports.io/seawall-0');
  });

  test('the live audit is taken without a warning, and its pods are there', async () => {
    expect(await kubectl('apply', '-k', 'overlays/audit-live')).toMatchObject({ code: 0, stderr: '' });
    expect(await kubectl('diff', '-k', 'overlays/audit-live')).toEqual({ code: 0, stdout: '', stderr: '' });
    await waitUntil('two pods', async () => {
      const { stdout } = await kubectl(
        'get',
        'pods',
        '-n',
        'seawall',
        '-l',
        'app.kubernetes.io/name=seawall-audit,!job-name',
        '-o',
        'name',
      );
      return stdout.trim().split('\n').length === 2 ? true : undefined;
    });
  });

  test('the Service of the webhook leads to none of them', async () => {
    const { stdout } = await kubectl('get', 'service', '-n', 'seawall', 'seawall', '-o', 'jsonpath={.spec.selector}');
    const selector = Object.entries(JSON.parse(stdout) as Record<string, string>).map(
      ([key, value]) => `${key}=${value}`,
    );
    const chosen = await kubectl('get', 'pods', '-n', 'seawall', '-l', selector.join(','), '-o', 'name');
    expect(chosen.stdout).not.toContain('seawall-audit');
  });

  test('its account is enough to lead the live audit and to see everything', async () => {
    const replica = new AuditReplica(account, []);
    try {
      await waitUntil(
        'the leader',
        async () => {
          return (await replica.metric('seawall_audit_unseen')) === 0 ? true : undefined;
        },
        { timeoutMs: 60_000 },
      );
      expect(replica.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
      await kubectl('delete', 'clusterworkflowtemplate', 'scan');
      await kubectl('delete', 'pod', 'web', '--now');
      await waitUntil(
        'the reports to go',
        async () => {
          const ofPod = await kubectl('get', 'reports.openreports.io', '-n', 'default', '-o', 'name');
          const ofTemplate = await kubectl('get', 'clusterreports.openreports.io', '-o', 'name');
          return ofPod.stdout + ofTemplate.stdout === '' ? true : undefined;
        },
        { timeoutMs: 60_000 },
      );
    } finally {
      expect(await replica.stop()).toBe(0);
    }
  });

  test.each([
    'yes: list /pods',
    'yes: watch apps/deployments',
    'yes: patch openreports.io/reports default',
    'yes: delete wgpolicyk8s.io/clusterpolicyreports',
    'yes: update coordination.k8s.io/leases/seawall-audit seawall',
    'no: update coordination.k8s.io/leases/seawall seawall',
    'no: get /secrets seawall',
    'no: list /secrets',
    'no: list /configmaps',
    'no: get /pods/log',
    'no: create /pods seawall',
    'no: delete /pods default',
    'no: patch admissionregistration.k8s.io/validatingwebhookconfigurations/seawall-pods',
    'no: patch openreports.io/another default',
    'no: patch apps/deployments default',
  ])('its account may: %s', async (line) => {
    expect(await may(line.replace(/^\w+: /, ''))).toBe(line);
  });

  test('of what this cluster serves, each right of its account was used', async () => {
    const { stdout } = await kubectl('api-resources', '-o', 'name');
    const served = new Set(stdout.trim().split('\n'));
    const used = new Set(
      cluster
        .auditEvents()
        .filter(({ user }) => user.username === 'system:serviceaccount:seawall:seawall-audit')
        .map(({ verb, objectRef: { apiGroup = '', resource = '' } = {} }) =>
          rightText({ verb, group: apiGroup, resource }),
        ),
    );
    const held = granted.filter(({ group, resource }) => served.has(resourceName(group, resource)));
    expect(held.length).toBeGreaterThan(30);
    const unused = held.map(rightText).filter((each) => !used.has(each));
    // The authorizer asks for both where server-side apply makes an object, and the log has it as a patch.
    expect(unused).toEqual(['create reports.openreports.io', 'create clusterreports.openreports.io']);
  });

  test('taken away, nothing of it is left', async () => {
    expect(await kubectl('delete', '-k', 'overlays/audit-live', '--ignore-not-found')).toMatchObject({ code: 0 });
    expect(await kubectl('delete', '-k', 'overlays/audit-scheduled', '--ignore-not-found')).toMatchObject({ code: 0 });
    const kinds =
      'clusterroles,clusterrolebindings,serviceaccounts,roles,rolebindings,cronjobs,deployments,networkpolicies';
    const { stdout } = await kubectl('get', kinds, '-A', '-l', 'app.kubernetes.io/name=seawall-audit', '-o', 'name');
    expect(stdout).toBe('');
  });
});
