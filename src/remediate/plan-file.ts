import type { FieldPath } from '../policy/finding.ts';
import { asList, asObject, isObject } from '../policy/json.ts';
import type { PatchOperation } from '../policy/json-patch.ts';
import { toJsonPointer } from '../policy/json-patch.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { Change } from './change.ts';
import { findingsAnnotation, parkedLabel, replicasAnnotation } from './change.ts';
import { knownKind } from './kinds.ts';
import type { KnownKind } from './kinds.ts';
import type { Plan, PlannedTarget, RefusedTarget } from './plan.ts';
import { FieldReader, RemediationFileError } from './reading.ts';
import { canonicalJson } from './spec-hash.ts';
import { steps } from './situation.ts';

/** The plan as the text of a file; paths stand as JSON Pointers, for people who compare it with a patch. */
export function planText(plan: Plan): string {
  return `${JSON.stringify(plan, withPointers, 2)}\n`;
}

function withPointers(_: string, value: unknown): unknown {
  return isObject(value) && 'op' in value && Array.isArray(value['path'])
    ? { ...value, path: toJsonPointer(value['path'] as FieldPath) }
    : value;
}

/**
 * Reads a plan. A file may have been edited: a change that no plan makes is refused, wherever it came from.
 * @throws {RemediationFileError} naming the field
 */
export function readPlan(text: string, file: string): Plan {
  const reader = new FieldReader(parse(text, file), file);
  if (reader.raw('kind') !== 'RemediationPlan' || reader.raw('apiVersion') !== 'seawall.dev/v1alpha1') {
    throw new RemediationFileError(`${file}: it is no RemediationPlan of seawall.dev/v1alpha1`);
  }
  const cluster = reader.object('cluster');
  const id = reader.text('id');
  // It names a folder and stands in an annotation.
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id)) reader.fail('id', 'small letters, digits and hyphens');
  return {
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'RemediationPlan',
    id,
    createdAt: reader.time('createdAt'),
    expiresAt: reader.time('expiresAt'),
    cluster: { context: cluster.text('context'), server: cluster.text('server'), user: cluster.text('user') },
    policy: reader.text('policy'),
    policySha256: reader.text('policySha256'),
    targets: reader.list('targets', readTarget),
    refused: reader.list('refused', readRefused),
  };
}

export function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RemediationFileError(`${file}: it is no JSON: ${reasonOf(cause)}`, { cause });
  }
}

function readTarget(value: unknown, path: string): PlannedTarget {
  const reader = new FieldReader(value, path);
  return {
    object: reader.reference('object'),
    uid: reader.uid('uid'),
    resourceVersion: reader.text('resourceVersion'),
    specSha256: reader.text('specSha256'),
    chain: reader.texts('chain'),
    findings: reader.list('findings', (each, at) => {
      const finding = new FieldReader(each, at);
      return { rule: finding.text('rule'), path: finding.text('path'), message: finding.text('message') };
    }),
    step: reader.oneOf('step', steps),
    why: reader.text('why'),
    changes: reader.list('changes', readChange),
    notes: reader.texts('notes'),
    minHealthy: reader.integer('minHealthy'),
    healthy: reader.integer('healthy'),
    ...(reader.has('overridden') && { overridden: reader.text('overridden') }),
  };
}

function readRefused(value: unknown, path: string): RefusedTarget {
  const reader = new FieldReader(value, path);
  return { object: reader.reference('object'), reason: reader.text('reason'), byHand: reader.texts('byHand') };
}

/** @throws {RemediationFileError} for anything but a change that a step of the ladder makes */
export function readChange(value: unknown, path: string): Change {
  const reader = new FieldReader(value, path);
  const object = reader.reference('object');
  const kind = knownKind(object);
  if (kind === undefined) return reader.fail('object', 'a kind that a plan changes');
  const common = { object, uid: reader.uid('uid'), specSha256: reader.text('specSha256'), what: reader.text('what') };
  const what = reader.oneOf('kind', ['patch', 'evict', 'delete', 'create']);
  switch (what) {
    case 'evict':
    case 'delete': {
      const isBare = reader.flag('isBare');
      if (kind.kind !== 'Pod') reader.fail('object', 'a Pod');
      if (what === 'delete' && !isBare) reader.fail('isBare', 'a pod that nothing owns');
      return { kind: what, ...common, isBare };
    }
    case 'create': {
      const manifest = reader.raw('manifest');
      if (kind.kind !== 'NetworkPolicy' || !isObject(manifest)) return reader.fail('manifest', 'a NetworkPolicy');
      return { kind: what, ...common, manifest };
    }
    case 'patch': {
      const operations = reader.operations('operations');
      const undo = reader.operations('undo');
      for (const each of [...operations, ...undo]) {
        if (!mayChange(kind, each.path))
          reader.fail('operations', `no change of ${toJsonPointer(each.path)} of a ${kind.kind}`);
      }
      for (const each of operations) {
        if (!isStricter(each, undo))
          reader.fail('operations', `a value of ${toJsonPointer(each.path)} that a plan sets`);
      }
      const annotations = texts(reader, 'annotations');
      return {
        kind: what,
        ...common,
        operations,
        undo,
        annotations,
        annotationsBefore: reader.entries('annotationsBefore'),
      };
    }
  }
}

const ownAnnotations: ReadonlySet<string> = new Set([findingsAnnotation, replicasAnnotation]);

function texts(reader: FieldReader, name: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reader.entries(name)).map(([key, value]) => [
      key,
      value === null || !ownAnnotations.has(key) ? reader.fail(name, 'an annotation of Seawall') : value,
    ]),
  );
}

const hostFields: ReadonlySet<string> = new Set(['hostNetwork', 'hostPID', 'hostIPC', 'nodeSelector']);
const containerLists: ReadonlySet<string> = new Set(['initContainers', 'containers']);

/** Whether any step of the ladder changes this field of this kind. */
function mayChange(kind: KnownKind, path: FieldPath): boolean {
  const steps = path.map(String);
  const pointer = steps.join('/');
  switch (kind.kind) {
    case 'Node':
      return pointer === 'spec/unschedulable';
    case 'Job':
      return pointer === 'spec/suspend';
    case 'CronJob':
      return pointer === 'spec/suspend' || mayMend(kind, steps);
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'ReplicationController':
      return pointer === 'spec/replicas' || mayMend(kind, steps);
    case 'DaemonSet':
      return mayMend(kind, steps);
    default:
      return false;
  }
}

function mayMend({ podSpec }: KnownKind, steps: readonly string[]): boolean {
  const [field = '', index = '', inner = ''] = steps.slice(podSpec.length);
  const isBelow = podSpec.every((step, depth) => steps[depth] === step);
  return (
    isBelow &&
    (hostFields.has(field) || (containerLists.has(field) && /^\d+$/.test(index) && inner === 'securityContext'))
  );
}

/** Whether an operation sets what a step of the ladder sets: it stops something, or takes something away. */
function isStricter({ op, path, value }: PatchOperation, undo: readonly PatchOperation[]): boolean {
  switch (String(path.at(-1))) {
    case 'replicas':
      return value === 0;
    case 'suspend':
    case 'unschedulable':
      return value === true;
    case 'hostNetwork':
    case 'hostPID':
    case 'hostIPC':
      return op === 'remove';
    case 'nodeSelector':
      return canonicalJson(value) === canonicalJson({ [parkedLabel]: 'true' });
    case parkedLabel:
      return value === 'true';
    case 'securityContext': {
      const pointer = toJsonPointer(path);
      return isStricterContext(value, undo.find((each) => toJsonPointer(each.path) === pointer)?.value);
    }
    default:
      return false;
  }
}

/** Only capabilities are taken away; that the old value is what stands there is looked at before anything is changed. */
function isStricterContext(now: unknown, before: unknown): boolean {
  const { capabilities, ...rest } = asObject(now);
  const { capabilities: oldCapabilities, ...oldRest } = asObject(before);
  const { add, drop } = asObject(capabilities);
  const { add: oldAdd, drop: oldDrop } = asObject(oldCapabilities);
  return (
    canonicalJson(rest) === canonicalJson(oldRest) &&
    asList(add).every((each) => asList(oldAdd).includes(each)) &&
    asList(oldDrop).every((each) => asList(drop).includes(each))
  );
}
