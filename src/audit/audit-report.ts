import type { Policy } from '../policy/policy.ts';
import type { CoverageRow, RecreateRisk, Report, ReportError, ReportFinding, Unseen } from '../report/report.ts';
import { ReportBuilder, toReportFinding } from '../report/report-builder.ts';
import type { Baseline } from './baseline.ts';
import { BaselineComparison } from './baseline.ts';
import { exemptionUse } from './exemption-use.ts';
import { ExemptionNames, recreateRiskOf } from './recreate-risk.ts';
import type { LedgerEntry, OwnerRecord, ScanLedger } from './scan-ledger.ts';

/** What a scan knows beside its ledger. */
export interface ScanFacts {
  readonly policy: Policy;
  readonly nowMs: number;
  /** Name of the cluster; undefined for files. */
  readonly cluster: string | undefined;
  /** The only namespace that was looked at; all of them where it is absent. */
  readonly namespace?: string | undefined;
  /** Undefined where it could not be told. */
  readonly coverage: readonly CoverageRow[] | undefined;
  /** Whether a mutating webhook of ours stands before the refusal. */
  readonly repairs: boolean;
  /** Whether anybody reads what to do about what would be refused. @default true */
  readonly remedies?: boolean;
  readonly unseen: readonly Unseen[];
  readonly errors: readonly ReportError[];
  readonly baseline: Baseline | undefined;
}

/** The report of a scan: findings on root owners, and what a scan tells beside them. */
export function auditReport(ledger: ScanLedger, facts: ScanFacts): Report {
  const { policy, nowMs, baseline, unseen } = facts;
  const builder = new ReportBuilder();
  const comparison = baseline === undefined ? undefined : new BaselineComparison(baseline);
  const firstSeen = new Date(nowMs).toISOString();
  const exemptedBy = new Map<string, number>();
  const risks: RecreateRisk[] = [];
  const names = facts.remedies === false ? undefined : new ExemptionNames(policy);
  for (const error of facts.errors) builder.addError(error);
  builder.addClean(ledger.cleanBarePods);
  // In an order of their own: fingerprints of namesakes are numbered, and must not change with the order of a scan.
  const records = ledger.records().sort((one, other) => (one.key < other.key ? -1 : 1));
  for (const record of records) {
    const told = record.entries.map((entry) => ({ entry, finding: findingOf(entry, record, firstSeen) }));
    const exempted = told.filter(({ entry }) => entry.exemption !== undefined).map(({ finding }) => finding);
    const findings = told.filter(({ entry }) => entry.exemption === undefined).map(({ finding }) => finding);
    for (const finding of exempted) {
      comparison?.pass(finding);
      const { exemption = '' } = finding;
      exemptedBy.set(exemption, (exemptedBy.get(exemption) ?? 0) + 1);
    }
    builder.add({
      object: record.owner,
      findings: findings.map((finding) => comparison?.compare(finding) ?? finding),
      exempted,
    });
    const risk = recreateRiskOf(record, facts.repairs, names);
    if (risk !== undefined) risks.push(risk);
  }
  const isPartial = unseen.length > 0 || facts.errors.length > 0;
  return builder.finish({
    ...(facts.cluster !== undefined && { cluster: facts.cluster }),
    ...(facts.namespace !== undefined && { namespace: facts.namespace }),
    ...(facts.coverage !== undefined && { coverage: facts.coverage }),
    recreateRisk: risks.sort((one, other) => other.pods - one.pods),
    exemptions: exemptionUse(policy, exemptedBy, nowMs),
    ...(comparison !== undefined && { deltas: comparison.result(isPartial, facts.namespace) }),
    ...(unseen.length > 0 && { partial: unseen }),
  });
}

function findingOf(entry: LedgerEntry, { owner }: OwnerRecord, firstSeen: string): ReportFinding {
  const { finding, image, exemption, number, names, pods, detail } = entry;
  const { object } = finding;
  const isOwner = object.kind === owner.kind && object.namespace === owner.namespace && object.name === owner.name;
  const told = toReportFinding(finding, {
    ...(image !== '' && { image }),
    ...(exemption !== undefined && { exemption }),
    ...(!isOwner && { owner }),
    ...(pods > 0 && { pods: { names, total: pods } }),
    firstSeen,
    ...(detail !== undefined && { detail }),
  });
  return number === 1 ? told : { ...told, fingerprint: `${told.fingerprint}-${number}` };
}
