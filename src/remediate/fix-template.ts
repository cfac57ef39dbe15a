import type { FieldPath, Finding, JsonObject } from '../policy/finding.ts';
import { formatPath } from '../policy/finding.ts';
import { repair } from '../policy/fix.ts';
import { asObject, isObject, valueAt } from '../policy/json.ts';
import type { PatchOperation } from '../policy/json-patch.ts';
import { applyPatch, PatchError } from '../policy/json-patch.ts';
import type { Change } from './change.ts';
import { fieldChange } from './change.ts';
import { referenceOf, uidOf } from './kinds.ts';
import { evictions } from './end-pods.ts';
import type { Situation, Wishes } from './situation.ts';
import { specSha256 } from './spec-hash.ts';
import type { StepResult } from './suspend.ts';
import { suspend } from './suspend.ts';

/** Mends the template, so that the pods that come of it are within the policy, and has the old ones replaced. */
export function fixTemplate(situation: Situation, wishes: Wishes): StepResult {
  const { root, kind, offences } = situation;
  if (kind.kind === 'Pod') return 'a pod is immutable in what is to be mended';
  if (kind.kind === 'Job') return 'the template of a Job is immutable';
  const spec = asObject(root['spec']);
  if (spec['paused'] === true) return 'it is paused, and would not roll out a mended template';
  const { operations, notes } = mending(root, offences(root), wishes.fixHost);
  const mended = patched(root, operations);
  const left = mended === undefined ? offences(root) : offences(mended);
  const [first] = left;
  if (operations.length === 0 || first !== undefined) return whyLeft(first, wishes.fixHost);
  const own = fieldChange(
    root,
    {
      object: referenceOf(root, kind),
      uid: uidOf(root),
      specSha256: specSha256(root),
      what: `mend the template: ${notes.join('; ')}`,
    },
    asStored(root, mended ?? root, operations),
  );
  return { changes: [own, ...replacement(situation)], notes: [] };
}

/** What a controller leaves to do after its template has changed. */
function replacement(situation: Situation): readonly Change[] {
  const { kind, root } = situation;
  const { type, rollingUpdate } = asObject(asObject(root['spec'])['updateStrategy']);
  switch (kind.kind) {
    case 'ReplicaSet':
    case 'ReplicationController':
      return evictions(situation);
    case 'CronJob': {
      // Jobs keep the template that they were made with.
      const result = suspend(situation);
      return typeof result === 'string' ? [] : result.changes.slice(1);
    }
    case 'StatefulSet':
    case 'DaemonSet': {
      const partition = asObject(rollingUpdate)['partition'];
      return type === 'OnDelete' || (typeof partition === 'number' && partition > 0) ? evictions(situation) : [];
    }
    default:
      return [];
  }
}

function mending(object: JsonObject, findings: readonly Finding[], fixHost: boolean) {
  const { operations, notes } = repair(
    object,
    findings.filter(({ mend, fixable }) => mend !== undefined && (fixable || fixHost)),
  );
  // The policy never mends it by itself: leaving the host's network changes ports and DNS of the program.
  const asked = fixHost ? findings.filter(({ rule, path }) => rule === 'host-network' && isFlag(path)) : [];
  const own: PatchOperation[] = asked.map(({ path }) => ({ op: 'replace', path, value: false }));
  return {
    operations: [...operations, ...own],
    notes: [...notes, ...asked.map(({ path }) => `set ${String(path.at(-1))} to false`)],
  };
}

/**
 * The same mending in fields as the API server stores them, so that its inverse still fits: it drops a flag that is false and a
 * list that is empty. A container's securityContext is set as a whole.
 */
function asStored(root: JsonObject, mended: JsonObject, operations: readonly PatchOperation[]): PatchOperation[] {
  const places = new Map<string, FieldPath>();
  for (const { path } of operations) {
    const at = path.lastIndexOf('securityContext');
    const place = at < 0 ? path : path.slice(0, at + 1);
    // Taking NET_RAW out may have made the context itself, at whatever depth it was missing.
    places.set(place.join('\0'), place);
  }
  return [...places.values()].flatMap((path): PatchOperation[] => {
    const value = valueAt(mended, path);
    if (value === false) return valueAt(root, path) === undefined ? [] : [{ op: 'remove', path }];
    return [{ op: 'add', path, value: isObject(value) ? withoutEmpty(value) : value }];
  });
}

function withoutEmpty(securityContext: JsonObject): JsonObject {
  const { capabilities, ...rest } = securityContext;
  if (capabilities === undefined) return rest;
  const kept = Object.entries(asObject(capabilities)).filter(([, list]) => !Array.isArray(list) || list.length > 0);
  return { ...rest, capabilities: Object.fromEntries(kept) };
}

function isFlag(path: Finding['path']): boolean {
  return path.at(-1) === 'hostNetwork';
}

function patched(object: JsonObject, operations: readonly PatchOperation[]): JsonObject | undefined {
  try {
    return asObject(applyPatch(object, operations));
  } catch (error) {
    if (error instanceof PatchError) return undefined;
    throw error;
  }
}

const hostRules: ReadonlySet<string> = new Set(['host-network', 'host-pid', 'host-ipc']);

function whyLeft(finding: Finding | undefined, fixHost: boolean): string {
  if (finding === undefined) return 'its template has nothing to mend';
  const { rule, path } = finding;
  const asked = hostRules.has(rule) && !fixHost ? ' (--fix-host would)' : '';
  return `no change of fields mends ${rule} at ${formatPath(path)}${asked}`;
}
