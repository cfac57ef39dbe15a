import type { Action, ObjectReference, Severity } from '../policy/finding.ts';

/** Where in a file a finding's field stands; line and column count from 1. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The object at the upper end of a chain of controller owner references; `uid` where a cluster gave one. */
export interface OwnerReference extends ObjectReference {
  readonly uid?: string;
}

/** The pods that a finding was seen in: the first names, and how many there are in all. */
export interface PodNames {
  readonly names: readonly string[];
  readonly total: number;
}

/** What a person needs to mend a finding at once. Only some formats tell it, and it is made only for them. */
export interface FindingDetail {
  /** The offending lines as they are written, and the number of the first. */
  readonly excerpt?: { readonly firstLine: number; readonly lines: readonly string[] };
  /** The lines of a change that mends it, each after a blank, `-` or `+`. */
  readonly fix?: readonly string[];
  /** A command line for a POSIX shell, its words quoted. */
  readonly command?: string;
}

/** A finding as every format tells it; the same fields, in the same order, as the JSON report. */
export interface ReportFinding {
  readonly rule: string;
  readonly action: Exclude<Action, 'off'>;
  readonly severity: Severity;
  readonly object: ObjectReference;
  readonly container?: string;
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
  /** Image of the container. */
  readonly image?: string;
  readonly source?: Source;
  readonly exemption?: string;
  /** The root owner, where that is not the object itself. */
  readonly owner?: OwnerReference;
  readonly pods?: PodNames;
  /** RFC 3339, of the earliest scan that is known to have told it. */
  readonly firstSeen?: string;
  /** Against the baseline, where there is one. */
  readonly delta?: 'new' | 'unchanged';
  /** Stable across scans, pods and order; unique in a report. */
  readonly fingerprint: string;
  readonly detail?: FindingDetail;
}

/** Something that could not be judged, and why; a report that has one is partial. */
export interface ReportError {
  readonly message: string;
  /** Absent for what stands in no file. */
  readonly source?: Source;
}

/** One object that was judged, a root owner in an audit, and what the policy says of it. */
export interface JudgedObject {
  readonly object: OwnerReference;
  readonly findings: readonly ReportFinding[];
  readonly exempted: readonly ReportFinding[];
}

export interface ReportSummary {
  /** Objects read, of any kind. */
  readonly objects: number;
  /** Objects whose worst finding is of that action. */
  readonly denied: number;
  readonly warned: number;
  readonly audited: number;
  /** Findings that an exemption took out of force. */
  readonly exempted: number;
  readonly errors: number;
}

/** Whether one way to run a program in one namespace is guarded by the webhook. */
export interface CoverageRow {
  readonly namespace: string;
  /** `pods`, `pods/ephemeralcontainers`, `pods/exec`, or a workload kind. */
  readonly way: string;
  readonly state: 'enforced' | 'warned' | 'open';
  /** Why it is not enforced. */
  readonly reason?: string;
}

/** Something that runs today and would be refused if it were created now. */
export interface RecreateRisk {
  readonly owner: OwnerReference;
  readonly pods: number;
  readonly rules: readonly string[];
  /** What of it would be mended at admission, or an exemption stub to fill in. */
  readonly remedy?: string;
}

/** What an exemption did in this scan. */
export interface ExemptionUse {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  /** Date, as the policy has it. */
  readonly expires?: string;
  readonly state: 'used' | 'unused' | 'expiring' | 'expired';
  /** Findings that it took out of force. */
  readonly findings: number;
}

/** This scan against an earlier report. */
export interface Deltas {
  /** Name of the baseline, as the user gave it. */
  readonly baseline: string;
  readonly new: number;
  readonly unchanged: number;
  /** Findings of the baseline that are gone. */
  readonly fixed: readonly Pick<ReportFinding, 'rule' | 'object' | 'container' | 'message' | 'fingerprint'>[];
}

/** A part of the cluster that was not seen, and what is unknown because of it. */
export interface Unseen {
  readonly what: string;
  readonly reason: string;
  readonly unknown: string;
}

/** What a report tells beside its findings; each is absent where nobody asked or nothing was there to ask. */
export interface ReportContext {
  /** Name of the cluster; absent for files. */
  readonly cluster?: string;
  /** The only namespace that was looked at; absent where all were. */
  readonly namespace?: string;
  readonly coverage?: readonly CoverageRow[];
  readonly recreateRisk?: readonly RecreateRisk[];
  readonly exemptions?: readonly ExemptionUse[];
  readonly deltas?: Deltas;
  readonly partial?: readonly Unseen[];
}

/** What every format is written from. Objects without findings are counted and not kept. */
export interface Report extends ReportContext {
  readonly summary: ReportSummary;
  readonly objects: readonly JudgedObject[];
  readonly errors: readonly ReportError[];
}

/** Whether any finding is at or above an action: `warn` is reached by warn and deny. */
export function reaches(report: Report, action: Exclude<Action, 'off'>): boolean {
  const { denied, warned, audited } = report.summary;
  const counts = { deny: denied, warn: denied + warned, audit: denied + warned + audited };
  return counts[action] > 0;
}

/** Whether something was not seen or not readable; such a report never says "clean". */
export function isPartial(report: Report): boolean {
  return report.errors.length > 0 || (report.partial?.length ?? 0) > 0;
}

/** Whether anything was left out of sight, so that what is missing need not be gone. */
export function isInPart(report: Report): boolean {
  return report.namespace !== undefined || isPartial(report);
}

/** Every finding in force: worst object first, the worst of each first. */
export function findingsOf(report: Report): readonly ReportFinding[] {
  return report.objects.flatMap(({ findings }) => findings);
}

/** What a finding is told on: its root owner, else the object itself. */
export function ownerOf({ owner, object }: ReportFinding): OwnerReference {
  return owner ?? object;
}
