/*
 * Fields:  spec.hostNetwork
 * Allowed: undefined, null, false
 * Source:  k8s.io/api/core/v1 PodSpec.HostNetwork; Pod Security Standards, Baseline, "Host Namespaces"
 */
import { isTrue, never } from '../cel/expression.ts';
import { specSays } from '../cel/pod.ts';
import { toldOfPods, toldWhere } from '../cel/told.ts';
import type { RuleDefinition } from '../rule.ts';

const message = "hostNetwork: true puts the pod on its node's network";

export const hostNetwork: RuleDefinition = {
  id: 'host-network',
  title: 'Host network',
  category: 'Host namespaces',
  action: 'deny',
  severity: 'high',
  finds: 'A pod that runs in the network namespace of its node (`hostNetwork: true`).',
  why: "Every process of such a pod sees the interfaces of the node, listens on its ports and reaches what only the node may reach: the kubelet, the cloud metadata service, services bound to loopback. NetworkPolicy does not bind it. A network tool there works on the host, which is what Falco's alert is about.",
  fields: ['spec.hostNetwork'],
  allowed: 'absent, `null`, `false`',
  remedy:
    'Remove `hostNetwork: true`. Publish ports through a Service; where a node agent needs the host network, write an exemption for it.',
  sources: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  necessary: ({ action }, counts) => (counts(action) ? specSays('hostNetwork') : never),
  exact: () => toldOfPods(toldWhere(isTrue('pod.spec', 'hostNetwork'), message)),
  prepare: () => (pod, report) => {
    if (pod.spec['hostNetwork'] !== true) return;
    report({ path: [...pod.specPath, 'hostNetwork'], message });
  },
};
