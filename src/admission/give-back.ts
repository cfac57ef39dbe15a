import type { Finding } from '../policy/finding.ts';
import { formatPath } from '../policy/finding.ts';
import { asList, valueAt } from '../policy/json.ts';
import { applyPatch } from '../policy/json-patch.ts';
import type { Engine } from './engine.ts';
import type { AdmissionRequest } from './review.ts';

/**
 * Those of an update's findings whose repair gives back what is stored. Whoever applies his manifest again, as GitOps tools
 * do all day, would put his own list `drop` in place of the repaired one, and the API server refuses that as a change of an
 * immutable field. Any other repair of an update would be refused for the same reason.
 * Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodUpdate).
 */
export function givenBack(
  { object, oldObject }: Pick<AdmissionRequest, 'object' | 'oldObject'>,
  repairable: readonly Finding[],
  engine: Engine,
): readonly Finding[] {
  if (repairable.length === 0) return repairable;
  const repaired = applyPatch(object, engine.repair(object, repairable).operations);
  // Once a container: its list may hold thousands of grants, each of them a finding.
  const isGivenBack = new Map<string, boolean>();
  return repairable.filter(({ path, containerPath }) => {
    // false is stored as nothing.
    if (containerPath === undefined) return valueAt(oldObject, path) !== true;
    const container = formatPath(containerPath);
    const known = isGivenBack.get(container);
    if (known !== undefined) return known;
    const listAt = (root: unknown, list: string): string =>
      JSON.stringify(asList(valueAt(root, [...containerPath, 'securityContext', 'capabilities', list])));
    const isSame = ['add', 'drop'].every((list) => listAt(repaired, list) === listAt(oldObject, list));
    isGivenBack.set(container, isSame);
    return isSame;
  });
}
