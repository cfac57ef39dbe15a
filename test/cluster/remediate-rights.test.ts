// Needs the control plane level. The role for a remediation: each verb is used, and without each it says which is missing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { podSpec } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import { describeLevel, startTimeoutMs } from './harness/levels.ts';
import { waitUntil } from './harness/wait-until.ts';
import type { Remediator } from './remediation.ts';
import { filesOf, makeNamespace, offender, remediator, waitForPods } from './remediation.ts';
import type { Right } from './role-rights.ts';
import { rightsIn, rightText } from './role-rights.ts';

interface Role {
  readonly metadata: { readonly name: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const file = join(import.meta.dirname, '..', '..', 'manifests', 'components', 'remediate', 'rbac.yaml');
const role = parse(readFileSync(file, 'utf8')) as Role;

const granted = rightsIn('components/remediate/rbac.yaml');

/** The plan whose application needs a right. */
function planFor({ verb, resource }: Right): string {
  switch (resource) {
    case 'pods':
      return verb === 'delete' ? 'delete' : verb === 'list' || verb === 'watch' ? 'deployment' : 'evict';
    case 'pods/eviction':
      return 'evict';
    case 'replicasets':
      return verb === 'list' ? 'deployment' : 'replicaset';
    case 'jobs':
      return verb === 'list' ? 'cronjob' : 'job';
    case 'nodes':
      return 'cordon';
    case 'networkpolicies':
      return 'quarantine';
    default:
      return resource.slice(0, -1);
  }
}

describeLevel('control plane', 'the rights of seawall remediate', () => {
  let cluster: ControlPlane;
  let ria: Remediator;
  const plans = new Map<string, string>();

  beforeAll(async () => {
    cluster = await startControlPlane({ controllerManager: true });
    await makeNamespace(cluster, 'shop');
    const ca = cluster.ca.issue({ commonName: 'ria' });
    ria = remediator(cluster.writeKubeconfig('ria', { kind: 'certificate', ...ca }));
    const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob'];
    await cluster.apply([
      role,
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'ria' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ria' }],
      },
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
      ...kinds.map((kind) => offender(kind, kind.toLowerCase())),
      offender('Pod', 'evict'),
      offender('Pod', 'delete'),
      offender('Pod', 'cordon', { nodeName: 'node-a' }),
      offender('Deployment', 'quarantine', {}, podSpec()),
      offender('Deployment', 'event'),
    ]);
    await waitForPods(cluster, 'deployment', 2);
    await waitFor({ verb: 'get', group: '', resource: 'nodes' }, true);
    const plan = async (name: string, ...args: readonly string[]) => {
      const { code, file: path, stdout } = await ria.plan(name, ...args, '-n', 'shop');
      expect([name, code, stdout]).toEqual([name, 0, stdout]);
      plans.set(name, path);
    };
    for (const kind of kinds) await plan(kind.toLowerCase(), `${kind.toLowerCase()}/${kind.toLowerCase()}`);
    await plan('event', 'deployment/event');
    await plan('evict', 'pod/evict');
    await plan('delete', 'pod/delete', '--step', 'delete');
    await plan('cordon', 'pod/cordon', '--step', 'cordon');
    await plan('quarantine', 'deployment/quarantine', '--step', 'quarantine');
  }, startTimeoutMs);
  afterAll(async () => {
    ria.close();
    await cluster.stop();
  });

  /** Waits until the authorizer says so. */
  async function waitFor({ verb, group, resource }: Right, allowed: boolean): Promise<void> {
    const [plural = '', subresource] = resource.split('/');
    const resourceAttributes = { verb, group, resource: plural, subresource, namespace: 'shop' };
    await waitUntil(`ria ${allowed ? 'may' : 'may not'} ${verb} ${resource}`, async () => {
      const { body } = await cluster.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        spec: { user: 'ria', resourceAttributes },
      });
      const { status } = body as { readonly status: { readonly allowed: boolean } };
      return status.allowed === allowed ? true : undefined;
    });
  }

  async function without(right: Right, work: () => Promise<void>): Promise<void> {
    const rules = granted
      .filter((each) => each !== right)
      .map(({ verb, group, resource }) => ({ apiGroups: [group], resources: [resource], verbs: [verb] }));
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${role.metadata.name}`;
    const contentType = 'application/merge-patch+json';
    await cluster.request('PATCH', path, { rules }, { contentType });
    await waitFor(right, false);
    await work();
    await cluster.request('PATCH', path, { rules: role.rules }, { contentType });
    await waitFor(right, true);
  }

  const apply = (name: string) => {
    const confirm = name === 'evict' || name === 'delete' ? ['--confirm', 'test/1'] : [];
    return ria.run('apply', plans.get(name) ?? '', '--yes', '--timeout', '20s', ...confirm);
  };

  test.each(granted.filter(({ resource }) => resource !== 'events').map((right) => [rightText(right), right] as const))(
    'without %s: refused, and the right is named',
    async (name, right) => {
      await without(right, async () => {
        const { code, stderr } = await apply(planFor(right));
        expect(code).toBe(3);
        expect(stderr).toMatch(new RegExp(`these rights are missing: (.*, )?${name.replace(/[./]/g, '\\$&')} `));
        expect(stderr).toContain('refused: nothing was changed\n');
      });
    },
  );

  test('without list events: the case says that they were not seen', async () => {
    const right = granted.find(({ resource }) => resource === 'events');
    if (right === undefined) throw new Error('the role has no events');
    await without(right, async () => {
      expect(await apply('event')).toMatchObject({ code: 0 });
      const events = filesOf(ria.caseOf(plans.get('event') ?? '')).get('targets/01-deployment-event/events.json');
      expect(events).toContain('"notSeen"');
    });
  });

  test('with all of them each plan is applied, verified and taken back; each is used, and no other', async () => {
    for (const name of plans.keys()) {
      if (name !== 'event') expect([name, await apply(name)]).toMatchObject([name, { code: 0 }]);
      const folder = ria.caseOf(plans.get(name) ?? '');
      const verified = await ria.run('verify', folder, '--watch', name === 'deployment' ? '1s' : '0');
      expect([name, verified]).toMatchObject([name, { code: 0 }]);
      expect([name, await ria.run('undo', folder, '--yes')]).toMatchObject([name, { code: 0 }]);
    }
    const used = cluster.auditEvents().flatMap(({ user, verb, objectRef = {}, responseStatus }) => {
      const { resource = '', subresource, apiGroup: group = '' } = objectRef;
      if (user.username !== 'ria' || resource.startsWith('selfsubject') || (responseStatus?.code ?? 0) > 299) return [];
      return [
        rightText({ verb, group, resource: subresource === undefined ? resource : `${resource}/${subresource}` }),
      ];
    });
    expect([...new Set(used)].toSorted()).toEqual(granted.map(rightText).toSorted());
  });
});
