import { formatPath } from '../../policy/finding.ts';
import type { FieldPath } from '../../policy/finding.ts';

/** One RFC 6902 operation; the path is kept as steps. `-` as the last step of an `add` to a list is its end. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: FieldPath;
  readonly value?: unknown;
}

/** An operation that does not fit the value or the text; thrown inside this folder, a refusal outside. */
export class EditRefusal extends Error {
  /** UTF-16 offset in the document's text. */
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.name = 'EditRefusal';
    this.offset = offset;
  }
}

/**
 * A copy of a JSON value with the operations applied in order.
 * @throws EditRefusal where a path leads nowhere
 */
export function patchValue(value: unknown, operations: readonly PatchOperation[]): unknown {
  const root = cloneJson(value);
  for (const { op, path, value: added } of operations) {
    const name = path.at(-1);
    if (name === undefined) throw new EditRefusal('a whole document cannot be replaced');
    const container = containerAt(root, path);
    if (Array.isArray(container)) patchList(container, op, itemIndex(name, container.length, op, path), added);
    else if (op !== 'add' && !Object.hasOwn(container, name)) throw new EditRefusal(`there is no ${formatPath(path)}`);
    else if (op === 'remove') Reflect.deleteProperty(container, name);
    else setOwn(container, String(name), cloneJson(added));
  }
  return root;
}

function containerAt(root: unknown, path: FieldPath): unknown[] | Record<string, unknown> {
  let container = root;
  for (const [depth, step] of path.entries()) {
    if (typeof container !== 'object' || container === null) {
      throw new EditRefusal(`${formatPath(path.slice(0, depth)) || 'the document'} is no list and no mapping`);
    }
    if (depth === path.length - 1) break;
    if (!Object.hasOwn(container, step)) throw new EditRefusal(`there is no ${formatPath(path.slice(0, depth + 1))}`);
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
 * @throws EditRefusal where it names none
 */
export function itemIndex(step: string | number, length: number, op: PatchOperation['op'], path: FieldPath): number {
  const index = step === '-' && op === 'add' ? length : Number(step);
  const isIndex = typeof step === 'number' || /^(?:-|0|[1-9][0-9]*)$/.test(step);
  const limit = op === 'add' ? length : length - 1;
  if (!isIndex || !Number.isInteger(index) || index < 0 || index > limit)
    throw new EditRefusal(`there is no ${formatPath(path)}`);
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
