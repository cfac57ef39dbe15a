import { isHostProcess } from './host-access.ts';
import { asObject } from './json.ts';
import type { PodView } from './pod-spec.ts';

/** Whether the pod says that it is for Windows, where the API server refuses capabilities; it decides repairs, never a verdict. */
export function isWindows(pod: PodView): boolean {
  if (asObject(pod.spec['os'])['name'] === 'windows') return true;
  return pod.hostAccess.includes('hostProcess') || isHostProcess(pod.spec['securityContext']);
}
