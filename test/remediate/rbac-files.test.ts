import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { RbacAnalysis } from '../../src/rbac/analysis.ts';
import { collectRbac } from '../../src/rbac/collect.ts';
import type { LaunchPathId } from '../../src/rbac/launch-paths.ts';
import type { Subject } from '../../src/rbac/objects.ts';
import { rbacFiles } from '../../src/remediate/rbac-files.ts';

const group = 'rbac.authorization.k8s.io';
const rule = (verbs: string[], apiGroups: string[], resources: string[]) => ({ verbs, apiGroups, resources });
const account = (name: string) => ({ kind: 'ServiceAccount', namespace: 'shop', name });

function snapshot(rules: readonly object[], ...more: readonly object[]) {
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name: 'deployer' };
  return collectRbac([
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name: 'deployer' }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'deployers', namespace: 'shop' },
      roleRef,
      subjects: [account('ci'), { kind: 'User', apiGroup: group, name: 'jane' }],
    },
    ...['ci'].map((name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'shop' } })),
    ...more,
  ] as Record<string, unknown>[]);
}

const ci: Subject = { kind: 'ServiceAccount', namespace: 'shop', name: 'ci' };

const table: readonly (readonly [string, readonly object[], readonly LaunchPathId[], readonly string[]])[] = [
  [
    'verbs of some resources',
    [rule(['get', 'list', 'create', 'patch'], ['apps'], ['deployments', 'controllerrevisions'])],
    ['L2'],
    ['get,list apps deployments', 'get,list,create,patch apps controllerrevisions'],
  ],
  ['a star of verbs', [rule(['*'], ['apps'], ['deployments']), rule(['get'], [''], ['pods'])], ['L2'], ['get  pods']],
  [
    'two paths',
    [rule(['get', 'create', 'patch'], [''], ['pods', 'pods/exec'])],
    ['L1', 'L5'],
    ['get,patch  pods', 'patch  pods/exec'],
  ],
];

describe('tightened roles', () => {
  test.each(table)('%s', (_, rules, paths, left) => {
    const [file] = rbacFiles(new RbacAnalysis(snapshot(rules), undefined), ci, paths);
    const written = parseAllDocuments(file?.text ?? '')[0]?.toJS() as {
      readonly rules: readonly ReturnType<typeof rule>[];
    };
    const words = written.rules.map(({ verbs, apiGroups, resources }) =>
      [verbs.join(','), apiGroups.join(','), resources.join(',')].join(' '),
    );
    expect(words).toEqual(left);
  });

  test.each(table)('%s: applied in its place, the paths are gone', (_, rules, paths) => {
    const analysis = new RbacAnalysis(snapshot(rules), undefined);
    const [file] = rbacFiles(analysis, ci, paths);
    expect(file).toBeDefined();
    for (const path of paths)
      expect(analysis.holds(analysis.holderOf(ci) ?? analysis.person({ user: '', groups: [] }), path, 'shop')).toBe(
        true,
      );
    const own = table.find((each) => each[1] === rules);
    const after = (own?.[3] ?? []).map((each) => {
      const [verbs = '', of = '', resources = ''] = each.split(' ');
      return rule(verbs.split(','), [of], resources.split(','));
    });
    const tightened = new RbacAnalysis(snapshot(after), undefined);
    for (const path of paths)
      expect(tightened.holds(tightened.holderOf(ci) ?? tightened.person({ user: '', groups: [] }), path, 'shop')).toBe(
        false,
      );
  });

  test('says who would lose what, and rebinds nobody else', () => {
    const [file] = rbacFiles(new RbacAnalysis(snapshot([rule(['create'], ['batch'], ['jobs'])]), undefined), ci, [
      'L2',
    ]);
    expect(file?.summary).toEqual([
      'ServiceAccount shop/ci would lose by L2: create jobs',
      'nothing is left of the role',
      'once this is applied, take ServiceAccount shop/ci out of RoleBinding shop/deployers: until then nothing is lost',
      'would lose the same, were ClusterRole deployer itself changed: User jane',
    ]);
    expect(file?.text).toContain('name: deployers-tightened');
    expect(file?.text.replaceAll(/^#.*$/gm, '')).not.toContain('jane');
  });
});

test('a name with control characters leaves the file one that can be read', () => {
  const name = 'eve\n---\u0085kind: x\u0000\u001b[2J\u2028';
  const binding = {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'deployer' },
    subjects: [{ kind: 'User', apiGroup: group, name }],
  };
  const analysis = new RbacAnalysis(snapshot([rule(['create'], [''], ['pods'])], binding), undefined);
  const [file] = rbacFiles(analysis, ci, ['L1']);
  expect(file?.text).toContain('# would lose the same');
  expect(file?.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
  const documents = parseAllDocuments(file?.text ?? '').map((each) => (each.toJS() as { kind: string }).kind);
  expect(documents).toEqual(['ClusterRole', 'RoleBinding']);
});
