/** What a rule's finding makes a face do; `off` never leaves the policy. */
export type Action = 'deny' | 'warn' | 'audit' | 'off';

/** How bad a finding is, worst first in `severities`. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

export const actions = ['deny', 'warn', 'audit', 'off'] as const satisfies readonly Action[];
export const severities = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Severity[];

/** Orders actions, the hardest first: negative where `one` is harder than `other`. */
export function compareActions(one: Action, other: Action): number {
  return actions.indexOf(one) - actions.indexOf(other);
}

/** The weaker of two actions. */
export function weaker(one: Action, other: Action): Action {
  return compareActions(one, other) > 0 ? one : other;
}

/** Orders severities, the worst first: negative where `one` is worse than `other`. */
export function compareSeverities(one: Severity, other: Severity): number {
  return severities.indexOf(one) - severities.indexOf(other);
}

/** How a finding can be mended: the field at its path set to false, or NET_RAW taken from its container. */
export type Mend = 'set-false' | 'drop-net-raw';

/** Field names and list indices from the root of an object to one field. */
export type FieldPath = readonly (string | number)[];

/** Plain JSON object as it came from outside; nothing about its fields is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The identity of the object that a finding is about; a missing name stands as its generateName, or as ''. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One thing that one rule found at one field of one object. */
export interface Finding {
  readonly rule: string;
  readonly action: Exclude<Action, 'off'>;
  readonly severity: Severity;
  readonly object: ObjectReference;
  /** Name of the container that the finding is about, and where it stands; absent for a field of the whole pod. */
  readonly container?: string | undefined;
  readonly containerPath?: FieldPath | undefined;
  /** The offending field; it resolves in the object that was given to the evaluator. */
  readonly path: FieldPath;
  readonly message: string;
  readonly remedy: string;
  /** Class of the tool, image or capability, for rules whose action goes by class. */
  readonly class?: string | undefined;
  /** What was found, where the message tells more than that: a tool's tells the host access of its pod as well. */
  readonly subject?: string | undefined;
  /** Absent for a finding that only its author can mend. */
  readonly mend?: Mend | undefined;
  /** Whether the mutating webhook repairs this: the finding is one that can be mended, and the policy says `fix: true`. */
  readonly repairable: boolean;
  /** Whether `check --fix` mends this: repairable, or safe to mend and not forbidden by the policy. */
  readonly fixable: boolean;
  /** Whether the object is a template that a controller makes pods from, not a pod. */
  readonly template: boolean;
  /** How many more there are that are acted on alike, and are not told one by one; absent for none. */
  readonly more?: number;
}

/** A finding that an exemption took out of force. */
export interface ExemptedFinding {
  readonly finding: Finding;
  readonly exemption: string;
}

/** How many findings there are, those counted that are not told one by one. */
export function countOf(findings: readonly Finding[]): number {
  let count = findings.length;
  for (const { more = 0 } of findings) count += more;
  return count;
}

/**
 * The path as Kubernetes prints a field path: `spec.containers[0].image`, `metadata.annotations[a.b/c]`.
 * Source: k8s.io/apimachinery/pkg/util/validation/field/path.go (Index, Key).
 */
export function formatPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[\w$-]+$/.test(step)) text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
