import type { Finding } from '../policy/finding.ts';
import { countOf, formatPath } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import type { Metrics, Route } from '../telemetry/metrics.ts';
import { isExec } from './exec-target-wanted.ts';
import type { Outcome } from './outcome.ts';
import { silence } from './outcome.ts';
import type { AdmissionRequest } from './review.ts';

/** Most findings whose field one log line names. */
const maxFields = 20;

/**
 * Counts one decision and logs it: one line for a denial, a warning, a repair, or a static pod that was spared. What the
 * caller wrote is made plain and cut; messages are left out, and with them every word of a command or environment.
 * A dry run is answered and forgotten.
 */
export function record(
  route: Exclude<Route, 'other'>,
  request: AdmissionRequest,
  outcome: Outcome,
  telemetry: { readonly log: Log; readonly metrics: Metrics },
  durationMs: number,
): void {
  if (request.dryRun) return;
  const { metrics, log } = telemetry;
  metrics.review(route, outcome.denied.length === 0 ? 'allowed' : 'denied');
  if (outcome === silence) return;
  count(outcome, metrics);
  const line = lineOf(outcome);
  if (line === undefined) return;
  const { action, message, fields } = line;
  const exec = isExec(request) ? execFields(request, outcome) : {};
  log.info(
    { action, ...identity(request), ...exec, ...fields, duration_ms: Math.round(durationMs * 1000) / 1000 },
    message,
  );
}

function count({ denied, warned, audited, exempted, mending }: Outcome, metrics: Metrics): void {
  for (const { rule, more = 0 } of denied) metrics.decision(rule, 'deny', 1 + more);
  for (const { rule, more = 0 } of warned) metrics.decision(rule, 'warn', 1 + more);
  for (const { rule, more = 0 } of audited) metrics.decision(rule, 'audit', 1 + more);
  for (const { finding, exemption } of exempted) {
    const { rule, more = 0 } = finding;
    metrics.decision(rule, 'exempt', 1 + more);
    metrics.exemptionUsed(exemption, 1 + more);
  }
  for (const rule of mending?.repair.rules ?? []) metrics.decision(rule, 'repair', 1);
}

interface Line {
  readonly action: 'deny' | 'warn' | 'repair' | 'audit';
  readonly message: string;
  readonly fields: LogFields;
}

function lineOf({ denied, warned, audited, mending, spared }: Outcome): Line | undefined {
  if (denied.length > 0) {
    const alsoWarned = warned.length === 0 ? {} : { warned_rules: rulesOf(warned) };
    return { action: 'deny', message: 'denied', fields: { ...findingFields(denied), ...alsoWarned } };
  }
  if (mending !== undefined) {
    const notes = mending.repair.notes.slice(0, maxFields).map((note) => plainLine(note));
    return { action: 'repair', message: 'repaired', fields: { rules: mending.repair.rules, notes } };
  }
  if (warned.length > 0) return { action: 'warn', message: 'warned', fields: findingFields(warned) };
  if (spared !== undefined && audited.length > 0) {
    return { action: 'audit', message: `spared: ${spared}`, fields: findingFields(audited) };
  }
  return undefined;
}

function findingFields(findings: readonly Finding[]): LogFields {
  return {
    rules: rulesOf(findings),
    findings: countOf(findings),
    paths: findings.slice(0, maxFields).map(({ path }) => plainLine(formatPath(path), 200)),
  };
}

function rulesOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ rule }) => rule))];
}

function identity({
  uid,
  username,
  operation,
  subResource,
  namespace,
  name,
  kind,
  object,
}: AdmissionRequest): LogFields {
  const own = ownName(object);
  return {
    uid: plainLine(uid, 64),
    user: plainLine(username, 256),
    operation,
    ...(subResource === '' ? {} : { subresource: plainLine(subResource, 64) }),
    object: {
      kind: plainLine(kind, 64),
      namespace: plainLine(namespace, 64),
      name: plainLine(name === '' ? own : name, 256),
    },
  };
}

/** The container of an exec, and where its pod is known from; no word of its command, which may hold a secret. */
function execFields({ object }: AdmissionRequest, { targetFrom }: Outcome): LogFields {
  const container = asString(asObject(object)['container']);
  return {
    ...(container === '' ? {} : { container: plainLine(container, 64) }),
    target_from: targetFrom ?? 'unknown',
  };
}

/** The name that the object gives itself, or the beginning of the one that it will get. */
function ownName(object: unknown): string {
  const { name, generateName } = asObject(asObject(object)['metadata']);
  return asString(name) || asString(generateName);
}
