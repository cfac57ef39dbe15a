import type { Verdict } from './evaluate.ts';
import type { ExemptedFinding, Finding } from './finding.ts';

/**
 * What was found in one object, of which only the first so many alike are kept: whoever writes the object chooses how many
 * there are, and to hold and tell them all takes longer than to find them. Alike are those that are acted on alike, so that
 * no finding is lost behind one that weighs less.
 */
export class KeptFindings {
  readonly #limit: number;
  readonly #kept: Entry[] = [];
  /** Counted from when there may be too many of a kind, which is hardly ever. */
  #kinds: Kinds | undefined;

  /** @param limit - most findings alike that are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param make - makes the finding, which is not done for one that is not kept */
  add(kind: FindingKind, make: () => Finding): void {
    if (this.#kept.length >= this.#limit) {
      this.#kinds ??= new Kinds(this.#kept);
      const alike = this.#kinds.of(kind);
      if (alike.count >= this.#limit) {
        alike.more += 1;
        return;
      }
      alike.count += 1;
      alike.last = this.#kept.length;
    }
    this.#kept.push({ kind, finding: make() });
  }

  /** Those that are kept, in their order; the last of a kind tells how many more of it there are. */
  verdict(): Verdict {
    for (const { last, more } of this.#kinds?.all() ?? []) {
      const entry = this.#kept[last];
      if (more > 0 && entry !== undefined) this.#kept[last] = { ...entry, finding: { ...entry.finding, more } };
    }
    const findings: Finding[] = [];
    const exempted: ExemptedFinding[] = [];
    for (const { kind, finding } of this.#kept) {
      if (kind.exemption === undefined) findings.push(finding);
      else exempted.push({ finding, exemption: kind.exemption });
    }
    return { findings, exempted };
  }
}

/** What decides how a finding is acted on. */
export interface FindingKind extends Pick<Finding, 'rule' | 'action' | 'severity' | 'repairable' | 'template'> {
  readonly exemption: string | undefined;
}

interface Entry {
  readonly kind: FindingKind;
  readonly finding: Finding;
}

interface Alike {
  readonly kind: FindingKind;
  count: number;
  /** Where the last one stands that is kept. */
  last: number;
  more: number;
}

/** What is alike, counted. There are as many kinds as rules have actions and severities, and exemptions. */
class Kinds {
  readonly #kinds = new Map<string, Alike>();
  #latest: Alike | undefined;

  constructor(kept: readonly Entry[]) {
    for (const [index, { kind }] of kept.entries()) {
      const alike = this.of(kind);
      alike.count += 1;
      alike.last = index;
    }
  }

  all(): Iterable<Alike> {
    return this.#kinds.values();
  }

  of(kind: FindingKind): Alike {
    // They come in long runs, and a key for each would take longer than all else.
    if (this.#latest !== undefined && isAlike(this.#latest.kind, kind)) return this.#latest;
    const { rule, action, severity, repairable, template, exemption } = kind;
    const key = JSON.stringify([rule, action, severity, repairable, template, exemption]);
    const alike = this.#kinds.get(key) ?? { kind, count: 0, last: 0, more: 0 };
    this.#kinds.set(key, alike);
    this.#latest = alike;
    return alike;
  }
}

function isAlike(one: FindingKind, other: FindingKind): boolean {
  return (
    one.rule === other.rule &&
    one.action === other.action &&
    one.severity === other.severity &&
    one.repairable === other.repairable &&
    one.template === other.template &&
    one.exemption === other.exemption
  );
}
