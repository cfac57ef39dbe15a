import { Counter, Gauge, Registry } from 'prom-client';
import type { AuditMetrics } from './audit-metrics.ts';
import { auditMetrics } from './audit-metrics.ts';
import type { CertificateMetrics } from './certificate-metrics.ts';
import { certificateMetrics } from './certificate-metrics.ts';
import type { ConditionMetrics } from './condition-metrics.ts';
import { conditionMetrics } from './condition-metrics.ts';
import type { ExecMetrics } from './exec-metrics.ts';
import { execMetrics } from './exec-metrics.ts';
import type { Tally } from './tally.ts';
import { countTally, valueTally } from './tally.ts';

export type Route = 'validate' | 'mutate' | 'other';

/** What became of a finding: an action of the policy, or what stood in its way. */
export type DecisionAction = 'deny' | 'warn' | 'audit' | 'exempt' | 'repair';

/** Counts what Seawall does; every label is one of a list that outside input cannot lengthen. */
export interface Metrics extends AuditMetrics, CertificateMetrics, ConditionMetrics, ExecMetrics {
  readonly request: (route: Route, code: number, seconds: number) => void;
  /** `foreign`: denied, because it is not in a form that Seawall speaks. */
  readonly review: (route: Route, result: 'allowed' | 'denied' | 'foreign') => void;
  /** @param count - findings that it was done to */
  readonly decision: (rule: string, action: DecisionAction, count: number) => void;
  readonly exemptionUsed: (exemption: string, count: number) => void;
  readonly internalError: (route: Route) => void;
  readonly tlsHandshakeFailed: () => void;
  readonly logLinesDropped: (count: number) => void;
  readonly policyLoaded: (policy: LoadedPolicy, atMs: number) => void;
  readonly policyRefused: (atMs: number) => void;
  readonly certificateLoaded: (expiresMs: number, atMs: number) => void;
  readonly certificateRefused: (atMs: number) => void;
  /** Gives the number of requests that are being answered, whenever it is asked for. */
  readonly watchInFlight: (count: () => number) => void;
  readonly contentType: string;
  /** Everything in the text format of Prometheus. */
  readonly text: () => Promise<string>;
}

/** What the metrics tell of a policy; an exemption without an end has no `expiresMs`. */
export interface LoadedPolicy {
  readonly name: string;
  readonly profile: string;
  readonly exemptions: readonly { readonly name: string; readonly expiresMs: number | undefined }[];
}

/** Bounds of the duration histogram, in seconds: a decision takes well below a millisecond, a timeout at most 30 s. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** @param rules - the ids of all rules; a decision under any other counts as `other` */
export function createMetrics(rules: readonly string[]): Metrics {
  const known = new Set(rules);
  const registry = new Registry();
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> =>
    new Counter({ name: `seawall_${name}`, help, labelNames, registers });
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> =>
    new Gauge({ name: `seawall_${name}`, help, labelNames, registers });

  const tally = (name: string, help: string, labelNames: readonly [string, string]): Tally =>
    countTally({ name: `seawall_${name}`, help, labelNames }, registry);

  const requests = tally('http_requests_total', 'Requests answered on the admission port.', ['route', 'code']);
  const durations = valueTally(
    {
      name: 'seawall_http_request_duration_seconds',
      help: 'Time from the head of a request to its answer.',
      labelName: 'route',
      buckets,
    },
    registry,
  );
  const reviews = tally('reviews_total', 'Admission reviews answered, dry runs left out.', ['route', 'result']);
  const decisions = tally('decisions_total', 'Findings by what was done, dry runs left out.', ['rule', 'action']);
  const exemptions = counter('exemptions_used_total', 'Findings that an exemption let through.', ['exemption']);
  const internalErrors = counter('internal_errors_total', 'Requests that ended in HTTP 500.', ['route']);
  const handshakeFailures = counter('tls_handshake_failures_total', 'Connections that ended before TLS was agreed on.');
  const droppedLines = counter('log_lines_dropped_total', 'Log lines that could not be written.');
  const policyInfo = gauge('policy_info', 'The policy in force, as labels; always 1.', ['name', 'profile']);
  const exemptionExpiry = gauge(
    'exemption_expiry_timestamp_seconds',
    'When an exemption of the policy in force ends; none for one without an end.',
    ['exemption'],
  );
  const certificateExpiry = gauge('certificate_expiry_timestamp_seconds', 'When the serving certificate ends.');
  const policyReloads = reloads('policy', counter, gauge);
  const certificateReloads = reloads('certificate', counter, gauge);
  for (const route of ['validate', 'mutate'] as const) internalErrors.inc({ route }, 0);

  return {
    ...auditMetrics(registry),
    ...certificateMetrics(registry),
    ...conditionMetrics(registry),
    ...execMetrics(registry),
    request: (route, code, seconds) => {
      requests(route, code);
      durations(route, seconds);
    },
    review: reviews,
    decision: (rule, action, count) => decisions(known.has(rule) ? rule : 'other', action, count),
    exemptionUsed: (exemption, count) => exemptions.inc({ exemption }, count),
    internalError: (route) => internalErrors.inc({ route }),
    tlsHandshakeFailed: () => handshakeFailures.inc(),
    logLinesDropped: (count) => droppedLines.inc(count),
    policyLoaded: ({ name, profile, exemptions: ofPolicy }, atMs) => {
      policyInfo.reset();
      policyInfo.set({ name, profile }, 1);
      exemptionExpiry.reset();
      for (const { name: exemption, expiresMs } of ofPolicy) {
        if (expiresMs !== undefined) exemptionExpiry.set({ exemption }, expiresMs / 1000);
      }
      policyReloads.succeeded(atMs);
    },
    policyRefused: policyReloads.failed,
    certificateLoaded: (expiresMs, atMs) => {
      certificateExpiry.set(expiresMs / 1000);
      certificateReloads.succeeded(atMs);
    },
    certificateRefused: certificateReloads.failed,
    watchInFlight: (count) => {
      new Gauge({
        name: 'seawall_http_requests_in_flight',
        help: 'Admission requests that are being answered.',
        registers,
        collect() {
          this.set(count());
        },
      });
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

interface Reloads {
  readonly succeeded: (atMs: number) => void;
  readonly failed: (atMs: number) => void;
}

/** The four series of something that is read again when its file changes. */
function reloads(
  what: string,
  counter: (name: string, help: string, labelNames: readonly 'result'[]) => Counter<'result'>,
  gauge: (name: string, help: string) => Gauge,
): Reloads {
  const total = counter(`${what}_reloads_total`, `Times that the ${what} was read, by result.`, ['result']);
  const last = gauge(`${what}_last_reload_successful`, `1 where the ${what} read last is in force, 0 where it is not.`);
  const success = gauge(
    `${what}_last_reload_success_timestamp_seconds`,
    `When a ${what} was last read and put in force.`,
  );
  const failure = gauge(`${what}_last_reload_failure_timestamp_seconds`, `When a ${what} was last refused.`);
  total.inc({ result: 'failure' }, 0);
  return {
    succeeded: (atMs) => {
      total.inc({ result: 'success' });
      success.set(atMs / 1000);
      last.set(1);
    },
    failed: (atMs) => {
      total.inc({ result: 'failure' });
      failure.set(atMs / 1000);
      last.set(0);
    },
  };
}
