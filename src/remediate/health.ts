import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';

/** How many replicas of a workload serve, and whether its controller is through with its newest template. */
export interface Health {
  readonly desired: number;
  readonly healthy: number;
  readonly isRolledOut: boolean;
  /** What its controller complains of, in its own words; foreign text. */
  readonly complaint: string;
}

/**
 * Read from the status, as `kubectl rollout status` does.
 * Source: k8s.io/kubectl pkg/polymorphichelpers/rollout_status.go.
 */
export function healthOf(object: JsonObject): Health {
  const spec = asObject(object['spec']);
  const status = asObject(object['status']);
  const seen = count(status['observedGeneration']) >= count(asObject(object['metadata'])['generation']);
  const replicas = typeof spec['replicas'] === 'number' ? spec['replicas'] : 1;
  const complaint = complaintOf(status);
  switch (object['kind']) {
    case 'Deployment': {
      const healthy = count(status['availableReplicas']);
      const updated = count(status['updatedReplicas']);
      const isRolledOut = seen && updated >= replicas && count(status['replicas']) <= updated && healthy >= updated;
      return { desired: replicas, healthy, isRolledOut, complaint };
    }
    case 'StatefulSet': {
      const healthy = count(status['availableReplicas'] ?? status['readyReplicas']);
      const isNewest = status['currentRevision'] === status['updateRevision'] || replicas === 0;
      return { desired: replicas, healthy, isRolledOut: seen && isNewest && healthy >= replicas, complaint };
    }
    case 'DaemonSet': {
      const desired = count(status['desiredNumberScheduled']);
      const healthy = count(status['numberAvailable']);
      const isRolledOut = seen && count(status['updatedNumberScheduled']) >= desired && healthy >= desired;
      return { desired, healthy, isRolledOut, complaint };
    }
    case 'ReplicaSet':
    case 'ReplicationController': {
      const healthy = count(status['availableReplicas']);
      return { desired: replicas, healthy, isRolledOut: seen && healthy >= replicas, complaint };
    }
    default:
      return { desired: 0, healthy: 0, isRolledOut: true, complaint };
  }
}

/** Source: k8s.io/api apps/v1 (DeploymentReplicaFailure, ReplicaSetReplicaFailure, DeploymentProgressing). */
function complaintOf(status: JsonObject): string {
  for (const entry of asList(status['conditions'])) {
    const { type, status: is, message, reason } = asObject(entry);
    if (type === 'ReplicaFailure' && is === 'True') return asString(message);
    if (type === 'Progressing' && is === 'False') return asString(message) || asString(reason);
  }
  return '';
}

/**
 * The replicas that stay healthy while the pods of a workload are replaced, as its own strategy promises.
 * Source: k8s.io/kubernetes pkg/controller/deployment/util (ResolveFenceposts), pkg/controller/daemon/util (UnavailableCount).
 */
export function promisedHealthy(object: JsonObject): number {
  const spec = asObject(object['spec']);
  const { desired } = healthOf(object);
  const strategy = asObject(spec['strategy'] ?? spec['updateStrategy']);
  const { maxUnavailable } = asObject(strategy['rollingUpdate']);
  switch (object['kind']) {
    case 'Deployment': {
      if (strategy['type'] === 'Recreate') return 0;
      const unavailable = share(maxUnavailable ?? '25%', desired, Math.floor);
      // The controller takes one where neither surge nor unavailability would let it move.
      const surge = share(asObject(strategy['rollingUpdate'])['maxSurge'] ?? '25%', desired, Math.ceil);
      return Math.max(0, desired - (unavailable === 0 && surge === 0 ? 1 : unavailable));
    }
    case 'DaemonSet':
      return Math.max(0, desired - Math.max(1, share(maxUnavailable ?? 1, desired, Math.ceil)));
    case 'StatefulSet':
      return Math.max(0, desired - Math.max(1, share(maxUnavailable ?? 1, desired, Math.ceil)));
    default:
      return Math.max(0, desired - 1);
  }
}

function share(value: unknown, of: number, round: (share: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d{1,3})%$/.exec(asString(value))?.[1];
  return percent === undefined ? 1 : round((Number(percent) * of) / 100);
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
