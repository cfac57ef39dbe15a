/* What the messages about tools have in common: classes that act by the host access of the pod, and how they tell it. */
import type { Action } from '../finding.ts';
import type { ClassSettings } from '../rule.ts';
import type { Cel } from './expression.ts';
import { quoted, raw } from './expression.ts';
import { access, isAccessTold, withAccess } from './pod-variables.ts';
import type { CelVariable } from './told.ts';

/** A list of the names of the classes that have the action in the pod that is looked at, and what it is made of. */
export interface ActingClasses {
  readonly text: string;
  readonly isEmpty: boolean;
  readonly uses: readonly CelVariable[];
}

export function actingClasses(classes: ReadonlyMap<string, ClassSettings>, action: Action): ActingClasses {
  const listed = [...classes.values()].filter(({ entries }) => entries.length > 0);
  const free = namesOf(listed.filter((each) => each.action === action));
  const bound = namesOf(listed.filter((each) => each.hostAccess === action));
  return {
    text: free === bound ? free : `(size(variables.access) == 0 ? ${free} : ${bound})`,
    isEmpty: free === '[]' && bound === '[]',
    uses: [access, isAccessTold, withAccess],
  };
}

function namesOf(classes: readonly ClassSettings[]): string {
  return `[${classes.map(({ name }) => quoted(name)).join(', ')}]`;
}

/** A message about a tool, with the host access of the pod and what Falco would say where there is any. */
export function toldWithAccess(subject: string, rule: string): Cel {
  return raw(`${subject} + (variables.withAccess == '' ? '' : variables.withAccess + ${rule})`, 300);
}
