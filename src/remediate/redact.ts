import type { JsonObject } from '../policy/finding.ts';
import { asObject, isObject } from '../policy/json.ts';

export const redacted = 'REDACTED by seawall';

/** Holds a whole object as it was applied, values of environment variables and all. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Lists of names and values: environment variables, and what a probe or a hook sends (`Authorization`). */
const valueLists: ReadonlySet<string> = new Set(['env', 'httpHeaders']);

/**
 * A copy without the literal values of environment variables and of HTTP headers, which are where passwords stand that should
 * be in a Secret. Names and references stay: they tell which Secret is meant, and not what is in it.
 */
export function redact(object: JsonObject): JsonObject {
  return asObject(JSON.parse(JSON.stringify(object, hide)));
}

function hide(key: string, value: unknown): unknown {
  if (key === lastApplied) return redacted;
  if (!valueLists.has(key) || !Array.isArray(value)) return value;
  return value.map((entry: unknown) =>
    isObject(entry) && typeof entry['value'] === 'string' ? { ...entry, value: redacted } : entry,
  );
}

/** What the API server writes and no one applies. */
const ofServer: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

/** The object as one would apply it: without its status and what the server adds to its metadata. */
export function reappliable(object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, ...fields } = object;
  const kept = Object.entries(asObject(metadata)).filter(([name]) => !ofServer.has(name));
  const others = Object.entries(fields).filter(([name]) => name !== 'status');
  return { apiVersion, kind, metadata: Object.fromEntries(kept), ...Object.fromEntries(others) };
}
