import type { FieldPath, Finding } from '../policy/finding.ts';
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
  // What is held until the line is made is short: neither the request nor all that was found.
  const who = identity(request);
  const exec = isExec(request) ? execFields(request, outcome) : undefined;
  log.later(() => fieldsOf(line, who, exec, durationMs), line.message);
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

/** What a line says of an outcome; not yet in its words. */
interface Line {
  readonly action: 'deny' | 'warn' | 'repair' | 'audit';
  readonly message: string;
  readonly rules: readonly string[];
  /** Those that only warn, of a request that was refused. */
  readonly warnedRules?: readonly string[];
  /** How many findings there are, and the fields of the first. */
  readonly found?: { readonly count: number; readonly paths: readonly FieldPath[] };
  readonly notes?: readonly string[];
}

function lineOf({ denied, warned, audited, mending, spared }: Outcome): Line | undefined {
  if (denied.length > 0) {
    const alsoWarned = warned.length === 0 ? {} : { warnedRules: rulesOf(warned) };
    return { action: 'deny', message: 'denied', ...found(denied), ...alsoWarned };
  }
  if (mending !== undefined) {
    const { rules, notes } = mending.repair;
    return { action: 'repair', message: 'repaired', rules, notes: notes.slice(0, maxFields) };
  }
  if (warned.length > 0) return { action: 'warn', message: 'warned', ...found(warned) };
  if (spared === undefined || audited.length === 0) return undefined;
  return { action: 'audit', message: `spared: ${spared}`, ...found(audited) };
}

function found(findings: readonly Finding[]): Pick<Line, 'rules' | 'found'> {
  const paths = findings.slice(0, maxFields).map(({ path }) => path);
  return { rules: rulesOf(findings), found: { count: countOf(findings), paths } };
}

function fieldsOf(line: Line, who: Identity, exec: LogFields | undefined, durationMs: number): LogFields {
  const { action, rules, warnedRules, found, notes } = line;
  return {
    action,
    ...identityFields(who),
    ...exec,
    rules,
    ...(found === undefined
      ? {}
      : { findings: found.count, paths: found.paths.map((path) => plainLine(formatPath(path), 200)) }),
    ...(notes === undefined ? {} : { notes: notes.map((note) => plainLine(note)) }),
    ...(warnedRules === undefined ? {} : { warned_rules: warnedRules }),
    duration_ms: Math.round(durationMs * 1000) / 1000,
  };
}

/** Each once; there are as few as the policy has rules. */
function rulesOf(findings: readonly Finding[]): string[] {
  const rules: string[] = [];
  for (const { rule } of findings) if (!rules.includes(rule)) rules.push(rule);
  return rules;
}

/** What a line says of a request, as its caller wrote it. */
type Identity = Pick<
  AdmissionRequest,
  'uid' | 'username' | 'operation' | 'subResource' | 'namespace' | 'name' | 'kind'
>;

function identity({
  uid,
  username,
  operation,
  subResource,
  namespace,
  name,
  kind,
  object,
}: AdmissionRequest): Identity {
  return { uid, username, operation, subResource, namespace, name: name === '' ? ownName(object) : name, kind };
}

function identityFields({ uid, username, operation, subResource, namespace, name, kind }: Identity): LogFields {
  return {
    uid: plainLine(uid, 64),
    user: plainLine(username, 256),
    operation,
    ...(subResource === '' ? {} : { subresource: plainLine(subResource, 64) }),
    object: { kind: plainLine(kind, 64), namespace: plainLine(namespace, 64), name: plainLine(name, 256) },
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
