import type { JsonObject } from '../../src/policy/finding.ts';
import type { RbacSnapshot } from '../../src/rbac/collect.ts';
import { collectRbac } from '../../src/rbac/collect.ts';

const group = 'rbac.authorization.k8s.io';

/** `User jane`, `Group ops`, `ServiceAccount shop/robot`. */
export function subject(text: string): JsonObject {
  const [kind = '', name = ''] = text.split(' ');
  if (kind !== 'ServiceAccount') return { kind, apiGroup: group, name };
  const [namespace = '', own = ''] = name.split('/');
  return { kind, namespace, name: own };
}

/** A binding, of a Role where the name has a `Role ` in front; '' is no namespace. */
export function binding(namespace: string, name: string, role: string, ...subjects: readonly string[]): JsonObject {
  const isRole = role.startsWith('Role ');
  return {
    apiVersion: `${group}/v1`,
    kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace !== '' && { namespace }) },
    roleRef: {
      apiGroup: group,
      kind: isRole ? 'Role' : 'ClusterRole',
      name: isRole ? role.slice('Role '.length) : role,
    },
    subjects: subjects.map(subject),
  };
}

/** A role whose rules stand as `verbs groups resources names`, lists by comma, `-` for the group of v1. */
export function role(namespace: string, name: string, ...rules: readonly string[]): JsonObject {
  return {
    apiVersion: `${group}/v1`,
    kind: namespace === '' ? 'ClusterRole' : 'Role',
    metadata: { name, ...(namespace !== '' && { namespace }) },
    rules: rules.map((rule) => {
      const [verbs = '', groups = '', resources = '', names] = rule.split(' ');
      return {
        verbs: verbs.split(','),
        apiGroups: groups.split(',').map((each) => (each === '-' ? '' : each)),
        resources: resources.split(','),
        ...(names !== undefined && { resourceNames: names.split(',') }),
      };
    }),
  };
}

export const account = (namespace: string, name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace, name },
});

export const pod = (namespace: string, serviceAccountName: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name: `of-${serviceAccountName}` },
  spec: { serviceAccountName },
});

export const namespace = (name: string, labels: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

export const snapshotOf = (...objects: readonly JsonObject[]): RbacSnapshot => collectRbac(objects, false);
