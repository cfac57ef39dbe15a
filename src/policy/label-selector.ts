import type { JsonObject } from './finding.ts';
import { asList, asObject, asString } from './json.ts';

/**
 * Whether a label selector takes a set of labels; an empty one takes every set.
 * Source: k8s.io/apimachinery pkg/labels/selector.go (Requirement.Matches).
 */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const valueOf = (key: string): unknown => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  for (const [key, value] of Object.entries(asObject(selector['matchLabels']))) {
    if (valueOf(key) !== value) return false;
  }
  return asList(selector['matchExpressions']).every((expression) => {
    const { key, operator, values } = asObject(expression);
    const value = valueOf(asString(key));
    switch (operator) {
      case 'In':
        return value !== undefined && asList(values).includes(value);
      case 'NotIn':
        return value === undefined || !asList(values).includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        // What we do not know does not pass for guarded.
        return false;
    }
  });
}

export function isEmptySelector(selector: JsonObject): boolean {
  return (
    Object.keys(asObject(selector['matchLabels'])).length === 0 && asList(selector['matchExpressions']).length === 0
  );
}
