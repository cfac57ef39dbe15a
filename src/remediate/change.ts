import type { JsonObject, ObjectReference } from '../policy/finding.ts';
import { asObject, valueAt } from '../policy/json.ts';
import type { PatchOperation } from '../policy/json-patch.ts';
import { applyPatch, toJsonPointer } from '../policy/json-patch.ts';
import { resourceVersionOf } from './kinds.ts';
import { canonicalJson } from './spec-hash.ts';

/** Which case acts on an object: whoever finds the object in its new state finds the case too. */
export const caseAnnotation = 'seawall.dev/case';
/** Replicas that a workload had before it was scaled to 0. */
export const replicasAnnotation = 'seawall.dev/replicas-before';
/** Ids of the rules that a workload breaks, for its owner. */
export const findingsAnnotation = 'seawall.dev/findings';
/** No node has this label: a DaemonSet that asks for it has no pods. */
export const parkedLabel = 'seawall.dev/parked';

interface Common {
  readonly object: ObjectReference;
  readonly uid: string;
  /** Of the object's spec before the change. */
  readonly specSha256: string;
  /** For a person: `scale to 0 (from 3)`. */
  readonly what: string;
}

/** Fields of one object set to other values. */
export interface FieldChange extends Common {
  readonly kind: 'patch';
  readonly operations: readonly PatchOperation[];
  /** What brings the old values back, in its order. */
  readonly undo: readonly PatchOperation[];
  /** Annotations of Seawall that are set, and what they were before; null for one that was not there. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly annotationsBefore: Readonly<Record<string, string | null>>;
}

/** A pod that is ended. */
export interface PodEnd extends Common {
  readonly kind: 'evict' | 'delete';
  /** Whether nothing makes the pod anew: to undo is to create it from the backup. */
  readonly isBare: boolean;
}

/** An object that is made. */
export interface Creation extends Common {
  readonly kind: 'create';
  readonly manifest: JsonObject;
}

export type Change = FieldChange | PodEnd | Creation;

/** A change of fields, and its inverse against the object as it is. */
export function fieldChange(
  object: JsonObject,
  common: Common,
  operations: readonly PatchOperation[],
  annotations: Readonly<Record<string, string>> = {},
): FieldChange {
  const present = asObject(asObject(object['metadata'])['annotations']);
  const annotationsBefore = Object.fromEntries(
    Object.keys(annotations).map((key) => [key, Object.hasOwn(present, key) ? String(present[key]) : null]),
  );
  return { kind: 'patch', ...common, operations, undo: inverse(object, operations), annotations, annotationsBefore };
}

/** The operations that lead back, field by field: what they do not name stays as it is then. */
export function inverse(object: JsonObject, operations: readonly PatchOperation[]): PatchOperation[] {
  const undo: PatchOperation[] = [];
  let current: unknown = object;
  for (const operation of operations) {
    undo.unshift(inverseOf(current, operation));
    current = applyPatch(current, [operation]);
  }
  return undo;
}

function inverseOf(current: unknown, { op, path }: PatchOperation): PatchOperation {
  const parent = valueAt(current, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index = path.at(-1) === '-' ? parent.length : Number(path.at(-1));
    const place = [...path.slice(0, -1), index];
    if (op === 'add') return { op: 'remove', path: place };
    return { op: op === 'remove' ? 'add' : 'replace', path: place, value: parent[index] };
  }
  const old = valueAt(current, path);
  if (op === 'remove') return { op: 'add', path, value: old };
  return old === undefined ? { op: 'remove', path } : { op: 'replace', path, value: old };
}

/** An operation as it is sent. */
export interface SentOperation {
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * The RFC 6902 document that makes a change to an object, and only to this one in this state: another uid fails the test, and
 * another resourceVersion is a conflict.
 */
export function changePatch(change: FieldChange, live: JsonObject, caseId: string): SentOperation[] {
  return [
    ...preconditions(change, live),
    ...annotationOperations(live, { ...change.annotations, [caseAnnotation]: caseId }),
    ...change.operations.map(sent),
  ];
}

/** The document that takes a change back. */
export function undoPatch(change: FieldChange, live: JsonObject): SentOperation[] {
  return [
    ...preconditions(change, live),
    ...annotationOperations(live, { [caseAnnotation]: null, ...change.annotationsBefore }),
    ...change.undo.map(sent),
  ];
}

function preconditions({ uid }: FieldChange, live: JsonObject): SentOperation[] {
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersionOf(live) },
  ];
}

export function sent(operation: PatchOperation): SentOperation {
  return { ...operation, path: toJsonPointer(operation.path) };
}

/** Sets annotations, and removes those that are null; the map goes with its last entry. */
function annotationOperations(live: JsonObject, wanted: Readonly<Record<string, string | null>>): SentOperation[] {
  const map = asObject(live['metadata'])['annotations'];
  const present = asObject(map);
  const left = new Map<string, unknown>(Object.entries(present));
  const operations: SentOperation[] = [];
  for (const [key, value] of Object.entries(wanted)) {
    const path = toJsonPointer(['metadata', 'annotations', key]);
    if (value !== null) {
      operations.push({ op: 'add', path, value });
      left.set(key, value);
    } else if (left.delete(key)) operations.push({ op: 'remove', path });
  }
  if (map === undefined || map === null) {
    return left.size === 0 ? [] : [{ op: 'add', path: '/metadata/annotations', value: Object.fromEntries(left) }];
  }
  if (left.size === 0) return [{ op: 'remove', path: '/metadata/annotations' }];
  return operations;
}

/** Whether the fields that a change sets hold its values in an object: it has been made, whoever changed other fields since. */
export function isMade({ operations, undo }: FieldChange, live: JsonObject): boolean {
  if (operations.length === 0) return false;
  try {
    // What the inverse leads to must lead back to what is there.
    const before = applyPatch(live, undo);
    const again = applyPatch(before, operations);
    const now = canonicalJson(live);
    return canonicalJson(again) === now && canonicalJson(before) !== now;
  } catch {
    // A path that leads nowhere: it is another object by now.
    return false;
  }
}
