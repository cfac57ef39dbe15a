import type { FieldPath } from './finding.ts';
import { asObject, valueAt } from './json.ts';

/** One RFC 6902 operation; the path is kept as steps, so that no caller has to undo JSON Pointer's escapes. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: FieldPath; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: FieldPath };

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

/** A copy of the value with the operations applied in order; the value itself is left as it is. */
export function applyPatch(value: unknown, operations: readonly PatchOperation[]): unknown {
  let result: unknown = value;
  for (const operation of operations) result = applied(result, operation, 0);
  return result;
}

/** Copies only what lies on the way of the operation. */
function applied(value: unknown, operation: PatchOperation, depth: number): unknown {
  const { path } = operation;
  const step = path[depth];
  if (step === undefined) return operation.op === 'remove' ? undefined : operation.value;
  const last = depth === path.length - 1;
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as readonly unknown[])];
    const index = step === '-' ? copy.length : Number(step);
    if (!last) copy[index] = applied(copy[index], operation, depth + 1);
    else if (operation.op === 'remove') copy.splice(index, 1);
    else copy.splice(index, operation.op === 'add' ? 0 : 1, operation.value);
    return copy;
  }
  const key = String(step);
  const fields = Object.entries(asObject(value));
  const kept = last && operation.op === 'remove' ? fields.filter(([name]) => name !== key) : fields;
  if (last && operation.op === 'remove') return Object.fromEntries(kept);
  const inner = applied(valueAt(value, [key]), operation, depth + 1);
  const known = kept.some(([name]) => name === key);
  return Object.fromEntries(
    known ? kept.map(([name, old]) => [name, name === key ? inner : old]) : [...kept, [key, inner]],
  );
}
