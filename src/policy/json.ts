import type { FieldPath, JsonObject } from './finding.ts';

const nothing: JsonObject = Object.freeze({});
const none: readonly unknown[] = Object.freeze([]);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one where it is anything else. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : nothing;
}

/** The value as a list; an empty one where it is anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : none;
}

export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The strings of a list; anything else in it is passed over. */
export function asStrings(value: unknown): readonly string[] {
  const list = asList(value);
  for (const entry of list) if (typeof entry !== 'string') return list.filter((each) => typeof each === 'string');
  return list as readonly string[];
}

/**
 * The value at a path, own fields only (an attacker chooses names such as `__proto__`); undefined where there is none.
 * @param from - the first of the steps that are taken
 */
export function valueAt(root: unknown, path: FieldPath, from = 0): unknown {
  let value = root;
  for (let index = from; index < path.length; index += 1) {
    const step = path[index] ?? '';
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
