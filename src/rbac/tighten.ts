import type { Grant, RbacAnalysis } from './analysis.ts';
import type { Holder } from './holders.ts';
import type { LaunchPathId } from './launch-paths.ts';
import type { Binding, PolicyRule, Role, Subject } from './objects.ts';

/** What would be taken from whom, were a launch path taken from a role. */
export interface Tightening {
  readonly role: Role;
  /** The rules of the role that give the path. */
  readonly rules: readonly PolicyRule[];
  /** What they give of it: `create,patch deployments, jobs`. */
  readonly gives: string;
  /** The bindings that give the role to the subject; to take one of these away is the smaller change. */
  readonly bindings: readonly Binding[];
  /** Everybody else who holds the role, and would lose the same. */
  readonly others: readonly { readonly subject: Subject; readonly bindings: readonly Binding[] }[];
}

/** The roles and bindings to change so that a subject no longer holds a launch path by itself, and who else is touched. */
export function tightenings(analysis: RbacAnalysis, subject: Subject, path: LaunchPathId): Tightening[] {
  const holder = analysis.holderOf(subject);
  const index = analysis.paths.findIndex(({ id }) => id === path);
  if (holder === undefined || index < 0) return [];
  return analysis.grants(holder, index).map((grant) => ({ ...grant, others: othersOf(analysis, holder, grant) }));
}

function othersOf(analysis: RbacAnalysis, holder: Holder, { role }: Grant): Tightening['others'] {
  return analysis.holders
    .filter((each) => each !== holder)
    .map(({ subject, held }) => ({
      subject,
      bindings: held.filter((each) => each.role === role).flatMap(({ bindings }) => bindings),
    }))
    .filter(({ bindings }) => bindings.length > 0);
}
