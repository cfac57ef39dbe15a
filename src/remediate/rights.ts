import type { ObjectReference } from '../policy/finding.ts';
import type { Change } from './change.ts';
import { knownKind } from './kinds.ts';
import type { PlannedTarget } from './plan.ts';
import type { Right } from './session.ts';
import { rightTo } from './session.ts';

/** Every right that it takes to make the changes of a target, to see what comes of them, and to take them back. */
export function rightsOf({ object, changes }: Pick<PlannedTarget, 'object' | 'changes'>): Right[] {
  const root = knownKind(object);
  const rights = changes.flatMap(rightsOfChange);
  if (changes.length === 0 || root === undefined) return [];
  return [rightTo('get', root, object), ...rights, ...seeing(object)];
}

function rightsOfChange(change: Change): Right[] {
  const { object } = change;
  const kind = knownKind(object);
  if (kind === undefined) return [];
  const inNamespace = { namespace: object.namespace };
  switch (change.kind) {
    case 'patch':
      return [rightTo('get', kind, object), rightTo('patch', kind, object)];
    case 'evict':
      return [
        rightTo('get', kind, object),
        rightTo('create', kind, object, 'eviction'),
        ...(change.isBare ? [rightTo('create', kind, inNamespace)] : []),
      ];
    case 'delete':
      return [rightTo('get', kind, object), rightTo('delete', kind, object), rightTo('create', kind, inNamespace)];
    case 'create':
      return [rightTo('create', kind, inNamespace), rightTo('get', kind, object), rightTo('delete', kind, object)];
  }
}

/** To find the pods of a root, and to watch whether it makes new ones. */
function seeing({ kind, namespace }: ObjectReference): Right[] {
  const names = ['Pod', ...(kind === 'Deployment' ? ['ReplicaSet'] : []), ...(kind === 'CronJob' ? ['Job'] : [])];
  return names.flatMap((name) => {
    const known = [
      { apiVersion: 'v1', kind: name },
      { apiVersion: 'apps/v1', kind: name },
      { apiVersion: 'batch/v1', kind: name },
    ].flatMap((each) => knownKind(each) ?? [])[0];
    if (known === undefined) return [];
    const verbs = name === 'Pod' ? ['list', 'watch'] : ['list'];
    return verbs.map((verb) => rightTo(verb, known, { namespace }));
  });
}
