import type { Dangling } from './analysis.ts';
import type { Holder } from './holders.ts';
import type { Subject } from './objects.ts';

/** Parts of the cluster itself: what is bound to them by Kubernetes' own bindings is folded. */
const systemUsers: ReadonlySet<string> = new Set([
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:kube-proxy',
  'system:apiserver',
  'system:volume-scheduler',
]);
const systemGroups: ReadonlySet<string> = new Set(['system:masters', 'system:nodes', 'system:monitoring']);

/**
 * Whether a subject is a part of Kubernetes that holds only what Kubernetes gives it. A name proves nothing: one that
 * holds anything by a binding or role under another name is shown.
 * Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy.
 */
export function isSystemHolder({ subject, held }: Holder): boolean {
  if (!isSystemSubject(subject)) return false;
  return held.every(({ role, bindings }) =>
    bindings.every(({ name }) => {
      if (subject.kind === 'Group' && subject.name === 'system:masters') return true;
      if (subject.kind === 'ServiceAccount' && name.startsWith('system:controller:')) {
        return name === `system:controller:${subject.name}` && role.name === name;
      }
      const isOwn = role.name.startsWith('system:') || role.name === 'extension-apiserver-authentication-reader';
      return name.startsWith('system:') && isOwn && !name.startsWith('system:controller:');
    }),
  );
}

function isSystemSubject({ kind, namespace, name }: Subject): boolean {
  if (kind === 'User') return systemUsers.has(name);
  if (kind === 'Group') return systemGroups.has(name) || name.startsWith('system:bootstrappers');
  return namespace === 'kube-system';
}

/** Whether a binding of Kubernetes' own names an account that a cluster of this kind does not use. */
export function isSystemDangling({ binding, missing }: Dangling): boolean {
  return binding.name.startsWith('system:') && missing.startsWith('ServiceAccount kube-system/');
}

/** Where the members of a subject are to be found; undefined for one that has none. */
export function membersOf({ kind, name }: Subject): string | undefined {
  if (kind !== 'Group') return undefined;
  if (name === 'system:authenticated') return 'everybody whom the API server knows, ServiceAccounts too';
  if (name === 'system:unauthenticated') return 'anybody who reaches the API server';
  if (name === 'system:serviceaccounts') return 'every ServiceAccount';
  if (name.startsWith('system:serviceaccounts:')) {
    return `every ServiceAccount of namespace ${name.slice('system:serviceaccounts:'.length)}`;
  }
  return 'members are not known to the API server: look in the identity provider (groups of its tokens), in client certificates (O=), or in the mapping of your cloud';
}
