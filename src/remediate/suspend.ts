import { makesPods } from '../audit/life.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import type { PatchOperation } from '../policy/json-patch.ts';
import type { Change } from './change.ts';
import { fieldChange, parkedLabel, replicasAnnotation } from './change.ts';
import type { KnownKind } from './kinds.ts';
import { knownKind, referenceOf, uidOf } from './kinds.ts';
import type { Situation } from './situation.ts';
import { podSpecOf } from './situation.ts';
import { specSha256 } from './spec-hash.ts';

/** The changes of a step and what a person should know of them; or why the step does not work here. */
export type StepResult = { readonly changes: readonly Change[]; readonly notes: readonly string[] } | string;

/** Stops all pods of a workload and keeps the workload: a CronJob with the Jobs that it has running. */
export function suspend({ root, kind, jobs }: Situation): StepResult {
  const own = suspension(root, kind);
  if (typeof own === 'string' && jobs.length === 0) return own;
  const jobKind = knownKind({ apiVersion: 'batch/v1', kind: 'Job' });
  const changes = jobs.flatMap((job) => {
    const change = jobKind === undefined ? '' : suspension(job, jobKind);
    return typeof change === 'string' ? [] : change.changes;
  });
  return typeof own === 'string'
    ? { changes, notes: [own] }
    : { changes: [...own.changes, ...changes], notes: own.notes };
}

function suspension(object: JsonObject, kind: KnownKind): StepResult {
  const common = { object: referenceOf(object, kind), uid: uidOf(object), specSha256: specSha256(object) };
  const spec = asObject(object['spec']);
  switch (kind.kind) {
    case 'CronJob':
    case 'Job': {
      if (spec['suspend'] === true) return 'it is suspended already';
      if (kind.kind === 'Job' && !makesPods(object, 'Job')) return 'the Job has ended';
      const operations: PatchOperation[] = [{ op: 'add', path: ['spec', 'suspend'], value: true }];
      const notes = kind.kind === 'Job' ? ['a suspended Job loses its running pods; to resume starts them anew'] : [];
      return { changes: [fieldChange(object, { ...common, what: 'suspend' }, operations)], notes };
    }
    case 'StatefulSet':
      if (asObject(spec['persistentVolumeClaimRetentionPolicy'])['whenScaled'] === 'Delete') {
        return 'to scale it to 0 would delete its volumes (persistentVolumeClaimRetentionPolicy.whenScaled: Delete)';
      }
      return scaling(object, spec, common);
    case 'Deployment':
    case 'ReplicaSet':
    case 'ReplicationController':
      return scaling(object, spec, common);
    case 'DaemonSet': {
      const path = [...kind.podSpec, 'nodeSelector'];
      if (Object.hasOwn(asObject(podSpecOf(kind, object)['nodeSelector']), parkedLabel)) return 'it is parked already';
      const hasSelector = podSpecOf(kind, object)['nodeSelector'] !== undefined;
      const operation: PatchOperation = hasSelector
        ? { op: 'add', path: [...path, parkedLabel], value: 'true' }
        : { op: 'add', path, value: { [parkedLabel]: 'true' } };
      const what = `park: ask for nodes with the label ${parkedLabel}, of which there are none`;
      return { changes: [fieldChange(object, { ...common, what }, [operation])], notes: [] };
    }
    default:
      return 'a pod cannot be suspended';
  }
}

function scaling(
  object: JsonObject,
  { replicas }: JsonObject,
  common: Pick<Change, 'object' | 'uid' | 'specSha256'>,
): StepResult {
  // Not told means 1. Source: k8s.io/kubernetes pkg/apis/apps/v1/defaults.go.
  const old = typeof replicas === 'number' ? replicas : 1;
  if (old === 0) return 'it is scaled to 0 already';
  const operations: PatchOperation[] = [{ op: 'add', path: ['spec', 'replicas'], value: 0 }];
  const change = fieldChange(object, { ...common, what: `scale to 0 (from ${old})` }, operations, {
    [replicasAnnotation]: String(old),
  });
  return { changes: [change], notes: ['a HorizontalPodAutoscaler leaves what is scaled to 0 alone'] };
}
