import type { Profile } from './defaults.ts';
import type { Action } from './finding.ts';

/** The policy file as its author wrote it, once its shape is known to be right. */
export interface WrittenPolicy {
  readonly metadata: { readonly name: string };
  readonly spec: WrittenSpec;
}

export interface WrittenSpec {
  readonly profile?: Profile | undefined;
  readonly workloads?: Action | undefined;
  readonly rules?: Readonly<Record<string, WrittenRule | undefined>> | undefined;
  readonly exemptions?: readonly WrittenExemption[] | undefined;
  readonly kinds?: readonly WrittenKind[] | undefined;
}

export interface WrittenRule {
  readonly action?: Action | undefined;
  readonly fix?: boolean | undefined;
  readonly tokens?: Action | undefined;
  readonly classes?: Readonly<Record<string, WrittenClass | undefined>> | undefined;
}

export interface WrittenClass {
  readonly action?: Action | undefined;
  readonly hostAccess?: Action | undefined;
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
}

export interface WrittenExemption {
  readonly name: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day (UTC) on which it is in force. */
  readonly expires?: string | undefined;
  readonly rules: readonly string[];
  readonly namespaces?: readonly string[] | undefined;
  readonly images?: readonly string[] | undefined;
  readonly serviceAccounts?: readonly string[] | undefined;
}

export interface WrittenKind {
  readonly group: string;
  readonly kind: string;
  readonly podSpecs?: readonly string[] | undefined;
  readonly containers?: readonly string[] | undefined;
  readonly hostFields?: readonly string[] | undefined;
}
