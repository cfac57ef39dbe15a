import { createHash } from 'node:crypto';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, isObject } from '../policy/json.ts';

/** What tells whether a report object has to be written again. */
export interface ReportContent {
  /** Of all but the time. */
  readonly whole: string;
  /** Of all but the time and the numbers of pods, which a busy cluster changes every second. */
  readonly findings: string;
}

/** The content of a report object, ours or as the API server gave it back. */
export function contentOf(object: JsonObject): ReportContent {
  const { source, configuration, summary } = object;
  const timeless = asList(object['results']).map((result) => without(asObject(result), 'timestamp'));
  const hash = (results: readonly JsonObject[]): string =>
    createHash('sha256').update(sorted({ source, configuration, summary, results })).digest('base64');
  return {
    whole: hash(timeless),
    findings: hash(
      timeless.map((result) => ({ ...result, properties: without(asObject(result['properties']), 'pods') })),
    ),
  };
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([each]) => each !== key));
}

/** Deeper than any schema of a report goes. */
const maxDepth = 12;

/** JSON with the keys of every object in order: the API server sorts them. */
function sorted(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return `[${value.map((each) => sorted(each, depth + 1)).join(',')}]`;
  if (!isObject(value) || depth > maxDepth) return value === undefined ? 'null' : JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${sorted(each, depth + 1)}`)
    .join(',')}}`;
}
