import { createHash } from 'node:crypto';
import type { JsonObject } from '../policy/finding.ts';
import { asObject, isObject } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * SHA-256 of what a remediation takes for the object, in hexadecimal: its spec, whatever the order of its fields. Of a Node
 * only whether it is cordoned, since its controllers write the rest.
 */
export function specSha256(object: JsonObject): string {
  const spec = asObject(object['spec']);
  const hashed =
    object['kind'] === 'Node' ? { unschedulable: spec['unschedulable'] === true } : (object['spec'] ?? null);
  return sha256(canonicalJson(hashed));
}

/** SHA-256 of a policy as its author wrote it, whatever the order of its fields. */
export function policySha256({ written }: Policy): string {
  return sha256(canonicalJson(written));
}

export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** JSON without blanks, the names of each object in order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
