import type { Finding } from '../policy/finding.ts';
import { asString, valueAt } from '../policy/json.ts';

/** The image of the container that a finding is about, as it is written; '' for one that is about the pod. */
export function containerImage(object: unknown, { containerPath }: Finding): string {
  return containerPath === undefined ? '' : asString(valueAt(object, [...containerPath, 'image']));
}
