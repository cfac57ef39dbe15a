import type { Finding, FieldPath } from '../policy/finding.ts';
import { compareActions, compareSeverities } from '../policy/finding.ts';
import { parseImageReference } from '../policy/image-reference.ts';
import { asString, isObject, valueAt } from '../policy/json.ts';

/** The findings of an update by whether the object had them before. */
export interface ComparedFindings {
  readonly added: readonly Finding[];
  readonly kept: readonly Finding[];
}

/**
 * Tells what an update brings from what was there. A finding is an old one only if the old object has one of the same
 * rule about the same thing at the same place, with an action as hard and a severity as bad, where names stand for list
 * indices: to reorder changes nothing, and another container, tool, image or capability is new. So is a tool to which the
 * update gives host access that makes it worse; who takes some away is not refused for the rest. Each old finding excuses
 * one new one. Where not all are told one by one, the rest counts as new: nobody can say what is among them.
 */
export function compareFindings(
  object: unknown,
  findings: readonly Finding[],
  oldObject: unknown,
  oldFindings: readonly Finding[],
): ComparedFindings {
  const before = new Map<string, OldFinding[]>();
  for (const finding of oldFindings) {
    const identity = identityOf(oldObject, finding);
    const alike = before.get(identity) ?? [];
    if (alike.length === 0) before.set(identity, alike);
    const same = alike.find((old) => old.action === finding.action && old.severity === finding.severity);
    if (same === undefined) alike.push({ action: finding.action, severity: finding.severity, left: 1 });
    else same.left += 1;
  }
  const untold: Finding[] = [];
  const added: Finding[] = [];
  const kept: Finding[] = [];
  for (const finding of findings) {
    const excuse = before.get(identityOf(object, finding))?.find((old) => old.left > 0 && excuses(old, finding));
    if (finding.more !== undefined)
      untold.push({ ...finding, message: `${finding.message}; ${tooMany(finding.more)}` });
    else if (excuse === undefined) added.push(finding);
    else {
      excuse.left -= 1;
      kept.push(finding);
    }
  }
  // What decides comes first: an answer tells only the first of so many.
  return { added: [...untold, ...added], kept };
}

function tooMany(more: number): string {
  return `${more} more of its kind are too many to tell new ones from old ones`;
}

/** How many of the old findings of one identity have this action and severity; there are few such pairs. */
interface OldFinding extends Pick<Finding, 'action' | 'severity'> {
  left: number;
}

function excuses(old: OldFinding, { action, severity }: Finding): boolean {
  return compareActions(old.action, action) <= 0 && compareSeverities(old.severity, severity) <= 0;
}

/** What is found, and where; not the host access of the pod, which a tool's message tells as well. */
function identityOf(object: unknown, finding: Finding): string {
  const { rule, class: toolClass = '', subject, message, path } = finding;
  return JSON.stringify([rule, toolClass, subject ?? message, placeOf(object, path), valueOf(object, finding)]);
}

/** The path with the name of each element instead of its index; '*' for one without a name. */
function placeOf(object: unknown, path: FieldPath): (string | readonly [string])[] {
  const place: (string | readonly [string])[] = [];
  let value = object;
  for (const step of path) {
    value = valueAt(value, [step]);
    if (typeof step === 'string') place.push(step);
    else place.push(isObject(value) ? [asString(value['name'])] : '*');
  }
  return place;
}

/** The offending value, in so far as the message may not name it. */
function valueOf(object: unknown, { path, rule }: Finding): string {
  const value = valueAt(object, path);
  // The words around a tool may change; its subject names the tool.
  if (typeof value !== 'string' || rule === 'network-tool-command') return '';
  const last = path.at(-1);
  if (last !== 'image' && last !== 'reference') return value;
  const reference = parseImageReference(value);
  return 'opaque' in reference ? value : reference.name;
}
