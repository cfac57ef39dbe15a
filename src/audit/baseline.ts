import { asList, asObject, asString, isObject } from '../policy/json.ts';
import type { Deltas, ReportFinding } from '../report/report.ts';

/** A finding of an earlier report, as far as it is told again. */
export type BaselineFinding = Deltas['fixed'][number] & { readonly firstSeen: string | undefined };

/** An earlier report. */
export interface Baseline {
  /** As the user named it. */
  readonly name: string;
  readonly findings: ReadonlyMap<string, BaselineFinding>;
  /** Whether something was not seen for it: it may have been there all the same. */
  readonly isPartial: boolean;
  /** The only namespace that was looked at; undefined where all were. */
  readonly namespace: string | undefined;
}

/**
 * Reads an earlier JSON report.
 * @throws where the text is none
 */
export function readBaseline(name: string, text: string): Baseline {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name}: it is no JSON; a baseline is an earlier report in the format json`, { cause });
  }
  const { apiVersion, kind, findings, namespace, partial, errors } = asObject(report);
  if (kind !== 'Report' || apiVersion !== 'seawall.dev/v1alpha1' || !Array.isArray(findings)) {
    throw new Error(`${name}: it is no report of Seawall; a baseline is an earlier report in the format json`);
  }
  const known = new Map<string, BaselineFinding>();
  for (const finding of asList(findings)) {
    if (!isObject(finding)) continue;
    const { fingerprint, rule, message, container, firstSeen } = finding;
    const owner = asObject(finding['owner'] ?? finding['object']);
    known.set(asString(fingerprint), {
      rule: asString(rule),
      object: {
        apiVersion: asString(owner['apiVersion']),
        kind: asString(owner['kind']),
        namespace: asString(owner['namespace']),
        name: asString(owner['name']),
      },
      ...(typeof container === 'string' && { container }),
      message: asString(message),
      fingerprint: asString(fingerprint),
      firstSeen: typeof firstSeen === 'string' ? firstSeen : undefined,
    });
  }
  return {
    name,
    findings: known,
    isPartial: asList(partial).length > 0 || asList(errors).length > 0,
    namespace: typeof namespace === 'string' ? namespace : undefined,
  };
}

/** What a scan has against a baseline. Only a whole scan can tell that something is gone. */
export class BaselineComparison {
  readonly #baseline: Baseline;
  readonly #seen = new Set<string>();
  #new = 0;
  #unchanged = 0;

  constructor(baseline: Baseline) {
    this.#baseline = baseline;
  }

  /** The finding with what the baseline knows of it. */
  compare(finding: ReportFinding): ReportFinding {
    const known = this.#baseline.findings.get(finding.fingerprint);
    this.#seen.add(finding.fingerprint);
    if (known === undefined) {
      this.#new += 1;
      return { ...finding, delta: 'new' };
    }
    this.#unchanged += 1;
    return { ...finding, ...(known.firstSeen !== undefined && { firstSeen: known.firstSeen }), delta: 'unchanged' };
  }

  /** What an exemption has taken out of force is still there. */
  pass({ fingerprint }: ReportFinding): void {
    this.#seen.add(fingerprint);
  }

  /** @param namespace - the only one that was looked at; undefined for all */
  result(partial: boolean, namespace?: string): Deltas {
    const gone = partial
      ? []
      : [...this.#baseline.findings.values()].filter(
          ({ fingerprint, object }) =>
            !this.#seen.has(fingerprint) && (namespace === undefined || namespace === object.namespace),
        );
    return {
      baseline: this.#baseline.name,
      new: this.#new,
      unchanged: this.#unchanged,
      fixed: gone.map(withoutFirstSeen),
    };
  }
}

function withoutFirstSeen({ rule, object, container, message, fingerprint }: BaselineFinding): Deltas['fixed'][number] {
  return { rule, object, ...(container !== undefined && { container }), message, fingerprint };
}
