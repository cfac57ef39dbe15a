import type { Action, Finding, ObjectReference, Severity } from '../policy/finding.ts';
import { compareActions, compareSeverities, formatPath } from '../policy/finding.ts';

/** Where in a file a finding's field stands; line and column count from 1. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly column: number;
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
  readonly source?: Source;
  readonly exemption?: string;
}

/** Something that could not be judged, and why; a report that has one is partial. */
export interface ReportError {
  readonly message: string;
  readonly source: Source;
}

/** One object that was judged, and what the policy says of it. */
export interface JudgedObject {
  readonly object: ObjectReference;
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

/** What every format is written from. Objects without findings are counted and not kept. */
export interface Report {
  readonly summary: ReportSummary;
  readonly objects: readonly JudgedObject[];
  readonly errors: readonly ReportError[];
}

/** Collects judged objects into a report; memory grows with findings, not with objects. */
export class ReportBuilder {
  readonly #objects: JudgedObject[] = [];
  readonly #errors: ReportError[] = [];
  readonly #worst = { deny: 0, warn: 0, audit: 0 };
  #read = 0;
  #exempted = 0;

  add(judged: JudgedObject): void {
    this.#read += 1;
    this.#exempted += judged.exempted.length;
    const worst = worstAction(judged.findings);
    if (worst !== undefined) this.#worst[worst] += 1;
    if (judged.findings.length + judged.exempted.length > 0) this.#objects.push(judged);
  }

  addError(error: ReportError): void {
    this.#errors.push(error);
  }

  /** The report, objects and findings worst first, else in the order in which they came. */
  finish(): Report {
    const objects = this.#objects.map((judged) => ({ ...judged, findings: judged.findings.toSorted(worstFirst) }));
    objects.sort(worstObjectFirst);
    return {
      summary: {
        objects: this.#read,
        denied: this.#worst.deny,
        warned: this.#worst.warn,
        audited: this.#worst.audit,
        exempted: this.#exempted,
        errors: this.#errors.length,
      },
      objects,
      errors: this.#errors,
    };
  }
}

/** The finding in the words of a report. */
export function toReportFinding(finding: Finding, source?: Source, exemption?: string): ReportFinding {
  return {
    rule: finding.rule,
    action: finding.action,
    severity: finding.severity,
    object: finding.object,
    ...(finding.container === undefined ? {} : { container: finding.container }),
    path: formatPath(finding.path),
    message: finding.message,
    remedy: finding.remedy,
    ...(source === undefined ? {} : { source }),
    ...(exemption === undefined ? {} : { exemption }),
  };
}

/** Whether any finding is at or above an action: `warn` is reached by warn and deny. */
export function reaches(report: Report, action: Exclude<Action, 'off'>): boolean {
  const { denied, warned, audited } = report.summary;
  const counts = { deny: denied, warn: denied + warned, audit: denied + warned + audited };
  return counts[action] > 0;
}

function worstAction(findings: readonly ReportFinding[]): ReportFinding['action'] | undefined {
  return findings.reduce<ReportFinding['action'] | undefined>(
    (worst, { action }) => (worst === undefined || compareActions(action, worst) < 0 ? action : worst),
    undefined,
  );
}

function worstFirst(one: ReportFinding, other: ReportFinding): number {
  return compareActions(one.action, other.action) || compareSeverities(one.severity, other.severity);
}

/** By the first finding of each; one that has only exempted ones comes last. */
function worstObjectFirst({ findings: [one] }: JudgedObject, { findings: [other] }: JudgedObject): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return worstFirst(one, other);
}
