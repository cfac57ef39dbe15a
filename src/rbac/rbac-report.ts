import type { Severity } from '../policy/finding.ts';
import { compareSeverities } from '../policy/finding.ts';
import type { ReportError, Unseen } from '../report/report.ts';
import type { Dangling, Grant, RbacAnalysis } from './analysis.ts';
import type { AdmissionInForce, Effect } from './effect.ts';
import { isRefused, possible } from './effect.ts';
import type { Reached, Step } from './escalation.ts';
import type { Identity } from './evaluate.ts';
import type { ExplainedStep } from './explain-step.ts';
import type { Holder } from './holders.ts';
import { holderKey } from './holders.ts';
import type { LaunchPath } from './launch-paths.ts';
import type { Subject } from './objects.ts';
import { isSystemHolder } from './system-subjects.ts';

/** One launch path of one subject. */
export interface PathReport {
  readonly path: LaunchPath;
  /** Whether the subject holds it itself, and not only as another account. */
  readonly isDirect: boolean;
  /** By a ClusterRoleBinding: in every namespace there is and will be. */
  readonly everywhere: boolean;
  /** The namespaces where it is open, in order; all of them where it is open everywhere. */
  readonly namespaces: readonly string[];
  /** The worst first; of a path that no admission of a namespace judges it is one, without namespaces. */
  readonly effects: readonly { readonly effect: Effect; readonly namespaces: readonly string[] }[];
  /** The roles that give it to the subject, or to the last account of the chain. */
  readonly grants: readonly Grant[];
  /** A shortest chain of accounts, where it is not direct. */
  readonly chain: readonly ExplainedStep[];
  /** Other accounts that bring it into more namespaces. */
  readonly moreChains: number;
  /** Against a baseline. */
  readonly isNew?: boolean;
}

export interface SubjectReport {
  readonly subject: Subject;
  /** The worst of the paths that nothing refuses; low where all are refused. */
  readonly severity: Severity;
  /** A part of Kubernetes itself, with no more rights than it comes with. */
  readonly isSystem: boolean;
  readonly paths: readonly PathReport[];
}

/** A path of an earlier report that is gone, or smaller. */
export interface GonePath {
  readonly subject: string;
  readonly path: string;
  /** Where it is gone; none where it was cluster-wide. */
  readonly namespaces: readonly string[];
}

export interface RbacReport {
  readonly cluster: string | undefined;
  /** The one person that was asked about. */
  readonly person: Identity | undefined;
  readonly namespace: string | undefined;
  readonly subjects: readonly SubjectReport[];
  readonly dangling: readonly Dangling[];
  readonly notes: readonly string[];
  readonly partial: readonly Unseen[];
  readonly errors: readonly ReportError[];
  readonly deltas?: { readonly baseline: string; readonly new: number; readonly gone: readonly GonePath[] };
}

export interface RbacReportOptions extends Pick<
  RbacReport,
  'cluster' | 'person' | 'namespace' | 'notes' | 'partial' | 'errors'
> {
  readonly admission: AdmissionInForce;
  /** Whether every role was read, so that one that is not here does not exist. */
  readonly rolesKnown: boolean;
}

/** Every subject that holds or reaches a launch path, the worst first. */
export function rbacReport(analysis: RbacAnalysis, options: RbacReportOptions): RbacReport {
  const { admission, rolesKnown, person, namespace, ...rest } = options;
  const builder = new Builder(analysis, admission, namespace);
  const holders = person === undefined ? analysis.holders : [analysis.person(person)];
  const subjects = holders.flatMap((holder) => builder.subject(holder, person?.groups));
  return {
    ...rest,
    person,
    namespace,
    subjects: subjects.sort(worstFirst),
    dangling: analysis.dangling.filter(
      ({ binding, missing }) =>
        (rolesKnown || missing.startsWith('ServiceAccount ')) &&
        (namespace === undefined || binding.namespace === '' || binding.namespace === namespace),
    ),
  };
}

class Builder {
  readonly #analysis: RbacAnalysis;
  readonly #admission: AdmissionInForce;
  readonly #namespace: string | undefined;
  /** Sets of namespaces that many paths share, by their bits. */
  readonly #sets = new Map<string, readonly string[]>();
  readonly #effects = new Map<readonly string[], Map<string, PathReport['effects']>>();

  #last: { readonly chain: readonly Step[]; readonly told: readonly ExplainedStep[] } | undefined;

  constructor(analysis: RbacAnalysis, admission: AdmissionInForce, namespace: string | undefined) {
    this.#analysis = analysis;
    this.#admission = admission;
    this.#namespace = namespace;
  }

  subject(holder: Holder, groups: readonly string[] | undefined): SubjectReport[] {
    const { words } = this.#analysis.scopes;
    const reached = this.#analysis.reach(holder, undefined, groups);
    const paths: PathReport[] = [];
    for (const [index, path] of this.#analysis.paths.entries()) {
      const own = holder.paths.subarray(index * words, (index + 1) * words);
      const direct = this.#path(path, own, () => this.#analysis.grants(holder, index, this.#namespace), undefined);
      const over = reached.get(index);
      const indirect =
        over === undefined ? [] : this.#path(path, over.scopes, () => this.#grantsOfLast(over, index), over);
      paths.push(...direct, ...indirect);
    }
    if (paths.length === 0) return [];
    return [{ subject: holder.subject, severity: severityOf(paths), isSystem: isSystemHolder(holder), paths }];
  }

  #grantsOfLast({ chain }: Reached, index: number): Grant[] {
    const last = chain.at(-1)?.to;
    return last === undefined ? [] : this.#analysis.grants(last, index, this.#namespace);
  }

  #path(path: LaunchPath, bits: Uint32Array, grants: () => Grant[], over: Reached | undefined): PathReport[] {
    const { scopes } = this.#analysis;
    const everywhere = scopes.has(bits, 0, '');
    const namespaces = this.#namespacesOf(bits);
    if (!everywhere && namespaces.length === 0) return [];
    return [
      {
        path,
        isDirect: over === undefined,
        everywhere,
        namespaces,
        effects: this.#effectsIn(path, namespaces),
        grants: grants(),
        chain: over === undefined ? [] : this.#explained(over.chain),
        moreChains: over?.more ?? 0,
      },
    ];
  }

  /** Paths that the same account brings have one chain. */
  #explained(chain: readonly Step[]): readonly ExplainedStep[] {
    if (this.#last?.chain === chain) return this.#last.told;
    const told = chain.map((step) => this.#analysis.explain(step));
    this.#last = { chain, told };
    return told;
  }

  #namespacesOf(bits: Uint32Array): readonly string[] {
    const key = bits.join(' ');
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    const only = this.#namespace;
    const found = this.#analysis.scopes.of(bits).filter((each) => only === undefined || each === only);
    this.#sets.set(key, found);
    return found;
  }

  #effectsIn({ barrier }: LaunchPath, namespaces: readonly string[]): PathReport['effects'] {
    if (barrier === 'none' || namespaces.length === 0) return [{ effect: possible, namespaces: [] }];
    const byBarrier = this.#effects.get(namespaces) ?? new Map<string, PathReport['effects']>();
    this.#effects.set(namespaces, byBarrier);
    const known = byBarrier.get(barrier) ?? this.#grouped(barrier, namespaces);
    byBarrier.set(barrier, known);
    return known;
  }

  #grouped(barrier: LaunchPath['barrier'], namespaces: readonly string[]): PathReport['effects'] {
    const groups = new Map<Effect, string[]>();
    for (const namespace of namespaces) {
      const effect = this.#admission.effectOf(barrier, namespace);
      const known = groups.get(effect);
      if (known === undefined) groups.set(effect, [namespace]);
      else known.push(namespace);
    }
    const [[only] = []] = groups;
    if (only !== undefined && groups.size === 1) return [{ effect: only, namespaces }];
    return [...groups]
      .map(([effect, where]) => ({ effect, namespaces: where }))
      .sort((one, other) => Number(isRefused(one.effect)) - Number(isRefused(other.effect)));
  }
}

function severityOf(paths: readonly PathReport[]): Severity {
  const open = paths.filter(({ effects }) => effects.some(({ effect }) => !isRefused(effect)));
  return open.map(({ path }) => path.severity).sort(compareSeverities)[0] ?? 'low';
}

function worstFirst(one: SubjectReport, other: SubjectReport): number {
  return (
    compareSeverities(one.severity, other.severity) ||
    Number(isBoundEverything(other)) - Number(isBoundEverything(one)) ||
    directPaths(other) - directPaths(one) ||
    (holderKey(one.subject) < holderKey(other.subject) ? -1 : 1)
  );
}

function isBoundEverything({ paths }: SubjectReport): boolean {
  return paths.some(({ path, isDirect }) => isDirect && path.id === 'L23');
}

function directPaths({ paths }: SubjectReport): number {
  return paths.filter(({ isDirect }) => isDirect).length;
}

/** Whether anything that decides could not be read. */
export function isPartialReport({ partial, errors }: RbacReport): boolean {
  return partial.length > 0 || errors.length > 0;
}
