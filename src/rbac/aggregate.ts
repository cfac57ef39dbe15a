import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { selects } from '../policy/label-selector.ts';
import type { PolicyRule } from './objects.ts';
import { ruleOf } from './objects.ts';

/**
 * The rules of every ClusterRole, by name. One that aggregates others has, as the controller of a cluster would write it,
 * the rules of all that its selectors take, and none of its own; one that comes from a cluster has its rules merged already.
 * Source: kubernetes pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go (syncClusterRole).
 */
export function clusterRoleRules(clusterRoles: readonly JsonObject[]): ReadonlyMap<string, readonly PolicyRule[]> {
  const roles = new Map(
    clusterRoles.map((value) => [asString(asObject(value['metadata'])['name']), aggregating(value)]),
  );
  const chosen = new Map(
    [...roles].map(([name, { selectors }]) => [
      name,
      [...roles].filter(([other, { labels }]) => other !== name && selectors.some((each) => selects(each, labels))),
    ]),
  );
  return new Map(
    [...roles].map(([name, { selectors, rules }]) => [name, selectors.length === 0 ? rules : unionOf(name)]),
  );

  /** Roles that aggregate each other in a circle have what the others in it bring. */
  function unionOf(name: string): readonly PolicyRule[] {
    const seen = new Set([name]);
    const rules = new Map<string, PolicyRule>();
    const waiting = [name];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const [other, { selectors, rules: own }] of chosen.get(next) ?? []) {
        if (seen.has(other)) continue;
        seen.add(other);
        if (selectors.length > 0) waiting.push(other);
        else for (const rule of own) rules.set(JSON.stringify(rule), rule);
      }
    }
    return [...rules.values()];
  }
}

interface Aggregating {
  readonly labels: JsonObject;
  /** None where its rules are its own, or merged already. */
  readonly selectors: readonly JsonObject[];
  readonly rules: readonly PolicyRule[];
}

function aggregating(value: JsonObject): Aggregating {
  const metadata = asObject(value['metadata']);
  const selectors = asList(asObject(value['aggregationRule'])['clusterRoleSelectors']).map(asObject);
  const isLive = metadata['uid'] !== undefined;
  return {
    labels: asObject(metadata['labels']),
    selectors: isLive ? [] : selectors,
    rules: asList(value['rules']).map((rule) => ruleOf(asObject(rule))),
  };
}
