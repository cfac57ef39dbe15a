/*
 * `?timeout=5s`, as the API server adds it to every call. Source: k8s.io/apiserver admission/plugin/webhook (TimeoutSeconds),
 * Go's time.ParseDuration for the text.
 */

/** The timeout of a webhook that names none. Source: k8s.io/api/admissionregistration/v1 (TimeoutSeconds). */
const defaultTimeoutMs = 10_000;
/** The longest timeout that a webhook may have, by the same source. */
const maxTimeoutMs = 30_000;

/** The part of the timeout after which an answer may come too late. */
const share = 0.9;

const unitsMs: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['\u00b5s', 1e-3],
  ['\u03bcs', 1e-3],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Milliseconds of a duration as Go writes it: 5s, 1m30s, 500ms; undefined for anything else, zero and less included. */
export function parseDurationMs(text: string): number | undefined {
  if (text.length > 32 || !/^(?:[0-9]+(?:\.[0-9]*)?[a-z\u00b5\u03bc]+)+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)([a-z\u00b5\u03bc]+)/g)) {
    const unitMs = unitsMs.get(unit ?? '');
    if (unitMs === undefined) return undefined;
    total += Number(amount) * unitMs;
  }
  return total > 0 ? total : undefined;
}

/** Makes a function from the query of a request to the milliseconds that it has: 90 % of its timeout. */
export function deadlineReader(): (query: string) => number {
  // The API server sends the same query with every call of a webhook.
  let known = { query: '', deadlineMs: deadlineMs('') };
  return (query) => {
    if (query !== known.query) known = { query, deadlineMs: deadlineMs(query) };
    return known.deadlineMs;
  };
}

function deadlineMs(query: string): number {
  const given = new URLSearchParams(query).get('timeout');
  const timeoutMs = given === null ? undefined : parseDurationMs(given);
  return Math.min(timeoutMs ?? defaultTimeoutMs, maxTimeoutMs) * share;
}
