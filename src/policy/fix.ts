import { dropsNetRaw, grantsNetRaw, readGrant } from './capabilities.ts';
import type { FieldPath, Finding } from './finding.ts';
import { asList, isObject, valueAt } from './json.ts';
import type { PatchOperation } from './json-patch.ts';

/** The mending of one object. */
export interface Repair {
  readonly operations: readonly PatchOperation[];
  /** What was done, one line each: `dropped NET_RAW from app, sidecar`. */
  readonly notes: readonly string[];
  /** Ids of the rules that it silences. */
  readonly rules: readonly string[];
}

/**
 * The repair of the given findings on the object that they were found in; the caller chooses which findings to mend.
 * A finding without a `mend` is passed over.
 */
export function repair(object: unknown, findings: readonly Finding[]): Repair {
  const operations: PatchOperation[] = [];
  const notes: string[] = [];
  const rules = new Set<string>();
  const containers = new Map<string, { path: FieldPath; name: string }>();
  for (const { rule, mend, path, container, containerPath } of findings) {
    if (mend === 'set-false') {
      operations.push({ op: 'replace', path, value: false });
      notes.push(`set ${String(path.at(-1))} to false`);
      rules.add(rule);
    } else if (mend === 'drop-net-raw' && containerPath !== undefined) {
      containers.set(containerPath.join('\0'), { path: containerPath, name: container ?? '' });
      rules.add(rule);
    }
  }
  const mended: string[] = [];
  for (const { path, name } of containers.values()) {
    const own = dropNetRaw(object, path);
    if (own.length === 0) continue;
    operations.push(...own);
    mended.push(name === '' ? String(path.at(-1)) : name);
  }
  if (mended.length > 0) notes.push(`dropped NET_RAW from ${mended.join(', ')}`);
  return { operations, notes, rules: [...rules] };
}

/** Most grants that are taken out of a list one by one, which keeps the comments beside the others; a hostile list has thousands. */
const removedOneByOne = 8;

/** Takes every grant of NET_RAW but ALL out of `add`, and puts NET_RAW in `drop` unless it is dropped already. */
function dropNetRaw(object: unknown, container: FieldPath): PatchOperation[] {
  const capabilities = [...container, 'securityContext', 'capabilities'];
  const add = asList(valueAt(object, [...capabilities, 'add']));
  const isGrant = (entry: unknown): boolean => typeof entry === 'string' && grantsNetRaw(readGrant(entry));
  const kept = add.filter((entry) => !isGrant(entry));
  const operations: PatchOperation[] = [];
  if (add.length - kept.length > removedOneByOne) {
    operations.push({ op: 'replace', path: [...capabilities, 'add'], value: kept });
  } else {
    for (let index = add.length - 1; index >= 0; index -= 1) {
      if (isGrant(add[index])) operations.push({ op: 'remove', path: [...capabilities, 'add', index] });
    }
  }
  const drop = asList(valueAt(object, [...capabilities, 'drop']));
  if (!drop.some((entry) => typeof entry === 'string' && dropsNetRaw(entry))) {
    operations.push(addWithParents(object, [...capabilities, 'drop'], 'NET_RAW'));
  }
  return operations;
}

/** Adds an entry to the list at `path`, and makes the list and the objects above it where they are missing or null. */
function addWithParents(object: unknown, path: FieldPath, entry: string): PatchOperation {
  if (Array.isArray(valueAt(object, path))) return { op: 'add', path: [...path, '-'], value: entry };
  let value: unknown = [entry];
  let target = path;
  while (target.length > 1 && !isObject(valueAt(object, target.slice(0, -1)))) {
    value = { [String(target.at(-1))]: value };
    target = target.slice(0, -1);
  }
  return { op: 'add', path: target, value };
}
