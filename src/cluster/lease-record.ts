import { isObject } from '../policy/json.ts';
import type { JsonObject } from './api.ts';

/** What a Lease says of its leader. Source: k8s.io/api coordination/v1 LeaseSpec. */
export interface LeaseRecord {
  /** '' where nobody leads. */
  readonly holder: string;
  readonly durationMs: number | undefined;
  /** As the API server writes it; only compared, since its writer's clock may be wrong. */
  readonly renewTime: string;
  readonly acquireTime: string;
  /** Times that the holder has changed. */
  readonly transitions: number;
}

/** A Lease as it was read, to be written back. */
export interface ReadLease {
  readonly object: JsonObject;
  readonly record: LeaseRecord;
}

export function readLease(object: JsonObject): ReadLease {
  const spec = isObject(object['spec']) ? object['spec'] : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const { leaseDurationSeconds: seconds, leaseTransitions } = spec;
  return {
    object,
    record: {
      holder: text(spec['holderIdentity']),
      durationMs: typeof seconds === 'number' ? seconds * 1_000 : undefined,
      renewTime: text(spec['renewTime']),
      acquireTime: text(spec['acquireTime']),
      transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    },
  };
}

/** Whether something has been written between the two: a renewal, or another leader. */
export function isRenewed(one: LeaseRecord, other: LeaseRecord): boolean {
  return (['holder', 'durationMs', 'renewTime', 'acquireTime', 'transitions'] as const).some(
    (key) => one[key] !== other[key],
  );
}

export interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly durationMs: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The Lease that says that `identity` leads, made of the one that is there; its resourceVersion guards it. */
export function claimed(
  lease: ReadLease | undefined,
  { namespace, name, identity, durationMs, nowMs }: Claim,
): JsonObject {
  const isOurs = lease?.record.holder === identity;
  const nowText = microTime(nowMs);
  const transitions = lease?.record.transitions ?? 0;
  const spec = {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1_000),
    acquireTime: isOurs && lease.record.acquireTime !== '' ? lease.record.acquireTime : nowText,
    renewTime: nowText,
    leaseTransitions: lease === undefined || isOurs ? transitions : transitions + 1,
  };
  if (lease !== undefined) return { ...lease.object, spec: { ...knownSpec(lease), ...spec } };
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec };
}

/** The Lease that says that nobody leads. A duration of 0 would not be valid. */
export function released(lease: ReadLease, nowMs: number): JsonObject {
  return {
    ...lease.object,
    spec: { ...knownSpec(lease), holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(nowMs) },
  };
}

function knownSpec({ object }: ReadLease): JsonObject {
  return isObject(object['spec']) ? object['spec'] : {};
}

/** Source: k8s.io/apimachinery pkg/apis/meta/v1 MicroTime, which takes nothing but six digits. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, '000Z');
}
