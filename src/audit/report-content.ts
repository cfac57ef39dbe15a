import { createHash } from 'node:crypto';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString, isObject } from '../policy/json.ts';

/** What tells whether a report object has to be written again. */
export interface ReportContent {
  /** Of all but the time and the numbers of pods, which a busy cluster changes every second. */
  readonly findings: string;
  /** Of the numbers of pods. */
  readonly pods: string;
}

/** The content of a report object, ours or as the API server gave it back. */
export function contentOf(object: JsonObject): ReportContent {
  const { source, configuration, summary } = object;
  const findings = createHash('sha256').update(sorted({ source, configuration, summary }));
  const pods = createHash('sha256');
  for (const result of asList(object['results']).map(asObject)) {
    const properties = asObject(result['properties']);
    findings.update(sorted(without(result, 'timestamp', 'properties'))).update(sorted(without(properties, 'pods')));
    pods.update(`${asString(properties['pods'])},`);
  }
  return { findings: findings.digest('base64'), pods: pods.digest('base64') };
}

function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Deeper than any schema of a report goes. */
const maxDepth = 12;

/** JSON with the keys of every object in order: the API server sorts them. */
function sorted(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((each) => sorted(each, depth + 1)).join(',')}]`;
  if (!isObject(value) || depth > maxDepth) return value === undefined ? 'null' : JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${sorted(each, depth + 1)}`)
    .join(',')}}`;
}
