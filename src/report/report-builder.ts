import type { Finding } from '../policy/finding.ts';
import { compareActions, compareSeverities, formatPath } from '../policy/finding.ts';
import { fingerprintOf, Repeats } from './fingerprint.ts';
import type { JudgedObject, Report, ReportContext, ReportError, ReportFinding } from './report.ts';

/** Collects judged objects into a report; memory grows with findings, not with objects. */
export class ReportBuilder {
  readonly #objects: JudgedObject[] = [];
  readonly #errors: ReportError[] = [];
  readonly #worst = { deny: 0, warn: 0, audit: 0 };
  readonly #repeats = new Repeats();
  #read = 0;
  #exempted = 0;

  add({ object, findings, exempted }: JudgedObject): void {
    this.#read += 1;
    this.#exempted += exempted.length;
    const worst = worstAction(findings);
    if (worst !== undefined) this.#worst[worst] += 1;
    if (findings.length + exempted.length === 0) return;
    const numbered = (all: readonly ReportFinding[]) => all.map((finding) => this.#repeats.number(finding));
    this.#objects.push({ object, findings: numbered(findings), exempted: numbered(exempted) });
  }

  /** Counts objects that nothing was found of, which need not be at hand. */
  addClean(count: number): void {
    this.#read += count;
  }

  addError(error: ReportError): void {
    this.#errors.push(error);
  }

  /** The report, objects and findings worst first, else in the order in which they came. */
  finish(context: ReportContext = {}): Report {
    const objects = this.#objects.map((judged) => ({ ...judged, findings: judged.findings.toSorted(worstFirst) }));
    objects.sort(worstObjectFirst);
    return {
      ...context,
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

/** What the face that judged an object knows of a finding beside itself. */
export type FindingPlace = Pick<
  ReportFinding,
  'image' | 'source' | 'exemption' | 'owner' | 'pods' | 'firstSeen' | 'detail'
>;

/** The finding in the words of a report. */
export function toReportFinding(finding: Finding, place: FindingPlace = {}): ReportFinding {
  const { image, source, exemption, owner, pods, firstSeen, detail } = place;
  return {
    rule: finding.rule,
    action: finding.action,
    severity: finding.severity,
    object: finding.object,
    ...(finding.container !== undefined && { container: finding.container }),
    path: formatPath(finding.path),
    message: finding.message,
    remedy: finding.remedy,
    ...(image !== undefined && { image }),
    ...(source !== undefined && { source }),
    ...(exemption !== undefined && { exemption }),
    ...(owner !== undefined && { owner }),
    ...(pods !== undefined && { pods }),
    ...(firstSeen !== undefined && { firstSeen }),
    fingerprint: fingerprintOf(finding, owner ?? finding.object),
    ...(detail !== undefined && { detail }),
  };
}

/** Orders findings, the hardest action first and then the worst severity. */
export function worstFirst(
  one: Pick<ReportFinding, 'action' | 'severity'>,
  other: Pick<ReportFinding, 'action' | 'severity'>,
): number {
  return compareActions(one.action, other.action) || compareSeverities(one.severity, other.severity);
}

function worstAction(findings: readonly ReportFinding[]): ReportFinding['action'] | undefined {
  return findings.reduce<ReportFinding['action'] | undefined>(
    (worst, { action }) => (worst === undefined || compareActions(action, worst) < 0 ? action : worst),
    undefined,
  );
}

/** By the first finding of each; one that has only exempted ones comes last. */
function worstObjectFirst({ findings: [one] }: JudgedObject, { findings: [other] }: JudgedObject): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return worstFirst(one, other);
}
