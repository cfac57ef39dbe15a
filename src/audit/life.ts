import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { OwnerReference } from '../report/report.ts';

/** Whether containers of a pod run, or will. */
export function isRunning(pod: JsonObject): boolean {
  const phase = asObject(pod['status'])['phase'];
  return phase !== 'Succeeded' && phase !== 'Failed';
}

/**
 * Whether a pod mirrors a static pod, which its kubelet runs without asking. Anyone can write the annotation; the owner, the
 * node and the name that the kubelet gives must go with it. What a liar gains is to be missing from the recreate risk.
 * Source: k8s.io/kubernetes pkg/kubelet/pod/mirror_client.go (CreateMirrorPod), pkg/kubelet/config/common.go (generatePodName).
 */
export function isMirrorPod(pod: JsonObject, controller: OwnerReference | undefined): boolean {
  if (controller?.kind !== 'Node' || controller.apiVersion !== 'v1') return false;
  const { annotations, name } = asObject(pod['metadata']);
  if (!Object.hasOwn(asObject(annotations), 'kubernetes.io/config.mirror')) return false;
  const nodeName = asString(asObject(pod['spec'])['nodeName']);
  return nodeName === controller.name && asString(name).endsWith(`-${nodeName}`);
}

/** Whether a template makes pods by itself as it stands: what is scaled to zero does not, nor a Job that has ended. */
export function makesPods(object: JsonObject, kind: string): boolean {
  const { replicas, suspend } = asObject(object['spec']);
  if (kind === 'PodTemplate' || replicas === 0 || suspend === true) return false;
  return kind !== 'Job' || !asList(asObject(object['status'])['conditions']).some(isEnd);
}

/** Source: k8s.io/api batch/v1 (JobComplete, JobFailed). */
function isEnd(condition: unknown): boolean {
  const { type, status } = asObject(condition);
  return (type === 'Complete' || type === 'Failed') && status === 'True';
}
