import type { Cel } from './cel/expression.ts';
import type { Told } from './cel/told.ts';
import type { Action, FieldPath, Mend, Severity } from './finding.ts';
import type { ContainerView, PodView } from './pod-spec.ts';

/** The report categories that PolicyReport readers group by. */
export type Category = 'Host namespaces' | 'Capabilities' | 'Network tools' | 'Host access';

/** A group of names inside one rule that has an action of its own: a class of tools, of images, of capabilities. */
export interface ClassDefinition {
  readonly name: string;
  /** Default for a pod without host access. */
  readonly action: Action;
  /** The hardest action that a profile gives it for a pod without host access; the policy file may go further. */
  readonly atMost?: Action;
  /** Default for a pod with host access; the same as `action` where the rule does not depend on it. */
  readonly hostAccess: Action;
  readonly severity: Severity;
  /** What the class is, in half a sentence. */
  readonly summary: string;
  /** Names or patterns that the class holds by default; each data file names their sources. */
  readonly entries: readonly string[];
}

/** One class as the policy in force has it. */
export interface ClassSettings {
  readonly name: string;
  readonly action: Action;
  readonly hostAccess: Action;
  readonly severity: Severity;
  readonly entries: readonly string[];
}

/** One rule as the policy in force has it. */
export interface RuleSettings {
  readonly action: Action;
  /** What the policy file or profile says of repairs; undefined where it says nothing. */
  readonly fix: boolean | undefined;
  readonly classes: ReadonlyMap<string, ClassSettings>;
  /** Action of a match by a part of an image's name (network-tool-image only). */
  readonly tokens: Action;
}

/** What a check tells of one offending field; the evaluator adds the rest of the finding. */
export interface Observation {
  readonly path: FieldPath;
  readonly message: string;
  readonly remedy?: string | undefined;
  /** The container that it is about; absent where the finding rests on every container of the pod. */
  readonly container?: ContainerView | undefined;
  /** Overrides of the rule's own action and severity, for rules that go by class. */
  readonly action?: Action | undefined;
  readonly severity?: Severity | undefined;
  readonly class?: string | undefined;
  /** What was found, where the message tells more than that. */
  readonly subject?: string | undefined;
  /** The image that it rests on, where that is not a container's. */
  readonly image?: string | undefined;
  /** How this finding can be mended; absent where it cannot. */
  readonly mend?: Mend | undefined;
}

export type Report = (observation: Observation) => void;

/** A pure check of one pod; reports nothing for a pod that the rule has nothing to say of. */
export type Check = (pod: PodView, report: Report) => void;

/** Everything about one rule: what it does, and what its docs page, schema and report metadata say. */
export interface RuleDefinition {
  readonly id: string;
  readonly title: string;
  readonly category: Category;
  readonly action: Action;
  readonly severity: Severity;
  /** One sentence: what it finds. */
  readonly finds: string;
  /** Two or three sentences: what an attacker gains. */
  readonly why: string;
  /** The fields looked at, with `[*]` for each element; containers, initContainers and ephemeralContainers alike. */
  readonly fields: readonly string[];
  /** The values that pass. */
  readonly allowed: string;
  /** What to do about a finding. */
  readonly remedy: string;
  /** Where the facts come from. */
  readonly sources: readonly string[];
  /** `safe`: mended by `check --fix` too; `on-request`: only where the policy says `fix: true`. */
  readonly repair?: 'safe' | 'on-request';
  /** Whether the default profile repairs it at admission. */
  readonly fixByDefault?: boolean;
  readonly classes?: readonly ClassDefinition[];
  /** Default action of matches by a part of an image's name, for the one rule that has them. */
  readonly tokens?: Action;
  /** Rule whose class entries (as the policy has them) this one shares, under actions of its own. */
  readonly entriesFrom?: string;
  /** `exec`: judges PodExecOptions and PodAttachOptions, seen as the only container of a view with the target's host access. */
  readonly judges?: 'exec';
  /**
   * A CEL condition on `object`, a Pod as the API server has it, that is true of every pod in which the rule has a finding whose
   * action counts, and that raises no error on any pod; absent where none is known, so that every pod may have one. It may
   * be told to look at no more containers and volumes than `podLimits` has.
   */
  readonly necessary?: (settings: RuleSettings, counts: (action: Action) => boolean) => Cel;
  /**
   * The messages of the rule's findings of one action in a pod that has no more than `podLimits`, word for word, each with the
   * name of its container behind it, and none that the check does not have; for rules that an expression can decide. For a
   * rule without classes, `action` is its own.
   */
  readonly exact?: (settings: RuleSettings, action: Action) => Told;
  /** What `exact` passes over, in half a sentence; absent where it decides all. */
  readonly undecided?: string;
  readonly prepare: (settings: RuleSettings) => Check;
}
