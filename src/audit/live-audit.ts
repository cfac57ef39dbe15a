import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { createBackOff } from '../cluster/back-off.ts';
import type { Wait } from '../cluster/pace.ts';
import { createPace, waitFor } from '../cluster/pace.ts';
import type { Patience } from '../cluster/patience.ts';
import type { Reflector } from '../cluster/reflector.ts';
import { startReflector } from '../cluster/reflector.ts';
import type { Policy } from '../policy/policy.ts';
import type { ReportApiChoice } from '../report/report-api-choices.ts';
import type { Report, Unseen } from '../report/report.ts';
import type { AuditState } from '../telemetry/audit-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { auditReport } from './audit-report.ts';
import { auditStateOf } from './audit-state.ts';
import { LiveLedger } from './live-ledger.ts';
import type { LiveReports, ReportTotals } from './live-reports.ts';
import { openLiveReports } from './live-reports.ts';
import type { WorkloadResource } from './workload-resources.ts';
import { collectionPath, fullName, podResource, workloadResources } from './workload-resources.ts';

export interface LiveAuditOptions {
  readonly client: ApiClient;
  /** The policy in force; `policyChanged` tells that it is another. */
  readonly policy: () => Policy;
  readonly reportApi: ReportApiChoice;
  /** Whether report objects are written though something could not be seen. */
  readonly allowPartial: boolean;
  /** Milliseconds after which everything is read anew. */
  readonly resyncMs: number;
  readonly log: Log;
  readonly onState: (state: AuditState) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
  /** @default that of Node */
  readonly wait?: Wait;
}

/** An audit that follows a cluster. */
export interface LiveAudit {
  /** Follows the cluster until the signal is aborted, through whatever goes wrong meanwhile. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  /** Judges everything anew, because the policy is another. */
  readonly policyChanged: () => void;
}

/** Changes of so many milliseconds are told together. */
const turnMs = 1_000;
/** Requests a second for report objects and discovery; admission and everybody else come first. */
const perSecond = 20;
const pageSize = 250;

/**
 * Holds the policy against a cluster and everything that changes in it: lists are read once a round and then followed.
 * A round ends after `resyncMs`, with another policy, and when an exemption ends; the next one knows nothing of it.
 */
export function liveAudit(options: LiveAuditOptions): LiveAudit {
  const { log, wait = waitFor } = options;
  const totals: ReportTotals = { written: 0, deleted: 0, failed: 0 };
  let round = new AbortController();
  return {
    policyChanged: () => {
      round.abort();
    },
    lead: async (signal) => {
      const backOff = createBackOff(Math.random);
      while (!signal.aborted) {
        round = new AbortController();
        const until = AbortSignal.any([signal, round.signal]);
        try {
          await new Round(options, until, totals).run();
          backOff.reset();
        } catch (error) {
          if (until.aborted) continue;
          const waitMs = backOff.next();
          log.warn(
            { problem: plainLine(reasonOf(error)), retry_in_ms: waitMs },
            'the audit broke off, and begins anew',
          );
          await wait(waitMs, signal).catch(() => undefined);
        }
      }
    },
  };
}

interface Followed {
  readonly resource: WorkloadResource;
  readonly reflector: Reflector;
}

class Round {
  readonly #options: LiveAuditOptions;
  readonly #signal: AbortSignal;
  readonly #policy: Policy;
  readonly #ledger: LiveLedger;
  readonly #patience: Patience;
  readonly #startedMs: number;
  readonly #totals: ReportTotals;
  /** When an exemption ends, and what it covered counts again. */
  readonly #exemptedUntilMs: number;
  #followed: readonly Followed[] = [];
  #unseen: readonly Unseen[] = [];
  #reports: LiveReports | undefined;
  /** When everything had been read for the first time, and how long that took. */
  #scan: { readonly atMs: number; readonly ms: number } | undefined;
  #last: { readonly changes: number; readonly report: Report } | undefined;
  #written: Report | undefined;
  #told = '';

  constructor(options: LiveAuditOptions, signal: AbortSignal, totals: ReportTotals) {
    this.#totals = totals;
    this.#options = options;
    this.#signal = signal;
    this.#policy = options.policy();
    const nowMs = options.now();
    this.#ledger = new LiveLedger(this.#policy, nowMs);
    this.#patience = { pace: createPace(perSecond), signal, ...(options.wait && { wait: options.wait }) };
    this.#startedMs = options.monotonicMs();
    const ends = this.#policy.exemptions.flatMap(({ expiresMs }) => expiresMs ?? []).filter((ms) => ms > nowMs);
    this.#exemptedUntilMs = this.#startedMs + Math.min(...ends.map((ms) => ms - nowMs));
  }

  async run(): Promise<void> {
    const { client, monotonicMs, now, resyncMs } = this.#options;
    const { resources, unseen } = await workloadResources(client, this.#policy, this.#patience);
    this.#unseen = unseen;
    this.#reports = await openLiveReports({ ...this.#options, patience: this.#patience, totals: this.#totals });
    this.#followed = [podResource, ...resources].map((resource) => this.#follow(resource));
    try {
      while (!this.#followed.every(isSettled)) await this.#turn();
      this.#scan = { atMs: now(), ms: monotonicMs() - this.#startedMs };
      const endMs = Math.min(monotonicMs() + resyncMs, this.#exemptedUntilMs);
      // Told once in any case: a round that is shorter than its lists would never come to it.
      do {
        await this.#tell();
        await this.#turn();
      } while (monotonicMs() < endMs);
    } finally {
      await Promise.all(this.#followed.map(({ reflector }) => reflector.stop()));
    }
  }

  #turn(): Promise<void> {
    return (this.#options.wait ?? waitFor)(turnMs, this.#signal);
  }

  #follow(resource: WorkloadResource): Followed {
    const { client, monotonicMs, wait, log } = this.#options;
    const ledger = this.#ledger;
    const reflector = startReflector({
      client,
      path: collectionPath(resource, undefined),
      pageSize,
      monotonicMs,
      ...(wait && { wait }),
      onListBegin: () => {
        ledger.beginList(resource);
      },
      onPage: (items: readonly JsonObject[]) => {
        for (const item of items) ledger.put(resource, item);
      },
      onListEnd: () => {
        ledger.endList(resource);
      },
      onEvent: (type, object) => {
        if (type === 'DELETED') ledger.remove(resource, object);
        else ledger.put(resource, object);
      },
      onError: (error, waitMs) => {
        const fields = { resource: fullName(resource), problem: plainLine(reasonOf(error)), retry_in_ms: waitMs };
        log.debug(fields, 'the audit lost sight of a kind');
      },
    });
    return { resource, reflector };
  }

  /** Tells what is known, and brings the report objects up to date where that is another than before. */
  async #tell(): Promise<void> {
    const { onState, now, monotonicMs, allowPartial } = this.#options;
    const unseen = this.#unseenNow();
    const report = this.#reportNow(unseen);
    // A finding that is missing is not gone where not everything was seen.
    const mayWrite = unseen.length === 0 || allowPartial;
    if (mayWrite && (report !== this.#written || this.#reports?.isBehind === true)) {
      this.#written = report;
      await this.#reports?.bring(report, now());
    }
    const contacts = this.#followed.map(({ reflector }) => reflector.lastContactMs() ?? this.#startedMs);
    onState(
      auditStateOf(report, {
        pods: this.#followed[0]?.reflector.items() ?? 0,
        unseen: unseen.length,
        lastScanMs: this.#scan?.atMs ?? 0,
        scanMs: this.#scan?.ms ?? 0,
        lastContactMs: now() - (monotonicMs() - Math.min(...contacts)),
        reports: this.#reports?.counts(),
      }),
    );
  }

  /** The report of all that is found; the last one where nothing has changed since. */
  #reportNow(unseen: readonly Unseen[]): Report {
    const { changes } = this.#ledger;
    if (this.#last?.changes === changes) return this.#last.report;
    const report = auditReport(this.#ledger.ledger(), {
      policy: this.#policy,
      nowMs: this.#options.now(),
      cluster: undefined,
      coverage: undefined,
      repairs: true,
      remedies: false,
      unseen,
      errors: [],
      baseline: undefined,
    });
    this.#last = { changes, report };
    return report;
  }

  #unseenNow(): Unseen[] {
    const unseen = [...this.#unseen];
    for (const { resource, reflector } of this.#followed) {
      if (reflector.synced() && !isRefused(reflector)) continue;
      const reason = `the API server does not give it (${reflector.lastError() ?? 'not read yet'})`;
      unseen.push({ what: fullName(resource), reason, unknown: `what is found in ${resource.resource}` });
    }
    if (this.#ledger.isFull) {
      unseen.push({ what: 'the rest of a large cluster', reason: 'more is found than is kept', unknown: 'the rest' });
    }
    const told = unseen.map(({ what, reason }) => `${what}: ${reason}`).join('; ');
    if (told !== this.#told && told !== '')
      this.#options.log.warn({ unseen: plainLine(told, 2_000) }, 'the audit is partial');
    this.#told = told;
    return unseen;
  }
}

/** Whether there is nothing to wait for: all of it was read, or will not be given. */
function isSettled({ reflector }: Followed): boolean {
  return reflector.synced() || isRefused(reflector);
}

function isRefused(reflector: Reflector): boolean {
  const code = reflector.lastError();
  return code === 'forbidden' || code === 'not-found' || code === 'invalid';
}
