import type { Finding, FieldPath } from '../policy/finding.ts';
import { parseImageReference } from '../policy/image-reference.ts';
import { asString, isObject, valueAt } from '../policy/json.ts';

/** The findings of an update by whether the object had them before. */
export interface ComparedFindings {
  readonly added: readonly Finding[];
  readonly kept: readonly Finding[];
}

/**
 * Tells what an update brings from what was there. A finding is an old one only if the old object has one of the same
 * rule, action and message about the same thing at the same place, where names stand for list indices: to reorder
 * changes nothing, and another container, tool, image or capability is new. Each old finding excuses one new one.
 */
export function compareFindings(
  object: unknown,
  findings: readonly Finding[],
  oldObject: unknown,
  oldFindings: readonly Finding[],
): ComparedFindings {
  const before = new Map<string, number>();
  for (const finding of oldFindings) {
    const identity = identityOf(oldObject, finding);
    before.set(identity, (before.get(identity) ?? 0) + 1);
  }
  const added: Finding[] = [];
  const kept: Finding[] = [];
  for (const finding of findings) {
    const identity = identityOf(object, finding);
    const left = before.get(identity) ?? 0;
    if (left === 0) added.push(finding);
    else {
      before.set(identity, left - 1);
      kept.push(finding);
    }
  }
  return { added, kept };
}

/** The message names the tool and the host access, so that a tool which the update gives host access is a new finding. */
function identityOf(object: unknown, finding: Finding): string {
  const place = placeOf(object, finding.path);
  return JSON.stringify([finding.rule, finding.action, finding.message, place, subjectOf(object, finding)]);
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
function subjectOf(object: unknown, { path, rule }: Finding): string {
  const value = valueAt(object, path);
  // The words around a tool may change; the message names the tool.
  if (typeof value !== 'string' || rule === 'network-tool-command') return '';
  const last = path.at(-1);
  if (last !== 'image' && last !== 'reference') return value;
  const reference = parseImageReference(value);
  return 'opaque' in reference ? value : reference.name;
}
