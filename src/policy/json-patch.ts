import type { FieldPath } from './finding.ts';

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
