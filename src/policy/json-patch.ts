import { formatPath } from './finding.ts';
import type { FieldPath } from './finding.ts';

/**
 * One RFC 6902 operation; the path is kept as steps, so that no caller has to undo JSON Pointer's escapes. `-` as the last
 * step of an `add` to a list is its end.
 */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: FieldPath;
  readonly value?: unknown;
}

/** An operation that does not fit the value. */
export class PatchError extends Error {
  override readonly name: string = 'PatchError';
}

/** The path as a JSON Pointer (RFC 6901): `/spec/containers/0/image`. */
export function toJsonPointer(path: FieldPath): string {
  let pointer = '';
  for (const step of path) pointer += `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return pointer;
}

/** The operations as the JSON document that an AdmissionResponse carries. */
export function serializePatch(operations: readonly PatchOperation[]): string {
  return JSON.stringify(operations.map((operation) => ({ ...operation, path: toJsonPointer(operation.path) })));
}

/**
 * A copy of a JSON value with the operations applied in order.
 * @throws PatchError where a path leads nowhere
 */
export function applyPatch(value: unknown, operations: readonly PatchOperation[]): unknown {
  const root = cloneJson(value);
  for (const { op, path, value: added } of operations) {
    const name = path.at(-1);
    if (name === undefined) throw new PatchError('a whole document cannot be replaced');
    const container = containerAt(root, path);
    if (Array.isArray(container)) patchList(container, op, itemIndex(name, container.length, op, path), added);
    else if (op !== 'add' && !Object.hasOwn(container, name)) throw new PatchError(`there is no ${formatPath(path)}`);
    else if (op === 'remove') Reflect.deleteProperty(container, name);
    else setOwn(container, String(name), cloneJson(added));
  }
  return root;
}

function containerAt(root: unknown, path: FieldPath): unknown[] | Record<string, unknown> {
  let container = root;
  for (const [depth, step] of path.entries()) {
    if (typeof container !== 'object' || container === null) {
      throw new PatchError(`${formatPath(path.slice(0, depth)) || 'the document'} is no list and no mapping`);
    }
    if (depth === path.length - 1) break;
    if (!Object.hasOwn(container, step)) throw new PatchError(`there is no ${formatPath(path.slice(0, depth + 1))}`);
    container = Reflect.get(container, step);
  }
  return container as unknown[] | Record<string, unknown>;
}

function patchList(list: unknown[], op: PatchOperation['op'], index: number, added: unknown): void {
  if (op === 'add') list.splice(index, 0, cloneJson(added));
  else if (op === 'remove') list.splice(index, 1);
  else list[index] = cloneJson(added);
}

/**
 * The index that a step of a path names in a list of that length.
 * @throws PatchError where it names none
 */
export function itemIndex(step: string | number, length: number, op: PatchOperation['op'], path: FieldPath): number {
  const index = step === '-' && op === 'add' ? length : Number(step);
  const isIndex = typeof step === 'number' || /^(?:-|0|[1-9][0-9]*)$/.test(step);
  const limit = op === 'add' ? length : length - 1;
  if (!isIndex || !Number.isInteger(index) || index < 0 || index > limit)
    throw new PatchError(`there is no ${formatPath(path)}`);
  return index;
}

function setOwn(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** A deep copy of a JSON value, `__proto__` fields included. */
function cloneJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson);
  const copy = {};
  for (const [name, field] of Object.entries(value)) setOwn(copy, name, cloneJson(field));
  return copy;
}
