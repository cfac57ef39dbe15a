import { asObject, asString } from '../policy/json.ts';
import type { AdmissionRequest } from './review.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/**
 * Whether a pod mirrors a static pod that its node runs whatever the API server says. Anyone can write the annotation:
 * it counts only from the kubelet of the node that the pod names.
 * Source: k8s.io/kubernetes pkg/kubelet/pod/mirror_client.go; plugin/pkg/admission/noderestriction/admission.go (admitPodCreate).
 */
export function isMirrorPod(request: AdmissionRequest): boolean {
  if (!request.username.startsWith('system:node:')) return false;
  const pod = asObject(request.object);
  if (pod['kind'] !== 'Pod' || pod['apiVersion'] !== 'v1') return false;
  const annotations = asObject(asObject(pod['metadata'])['annotations']);
  if (!Object.hasOwn(annotations, mirrorAnnotation)) return false;
  const nodeName = asString(asObject(pod['spec'])['nodeName']);
  return nodeName !== '' && request.username === `system:node:${nodeName}`;
}
