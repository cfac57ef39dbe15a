/*
 * Fields:  metadata.annotations of the pod: k8s.v1.cni.cncf.io/networks, v1.multus-cni.io/default-network
 * Allowed: absent or blank
 * Source:  k8snetworkplumbingwg multi-net-spec v1.3, section 4; multus-cni docs/configuration.md
 */
import { never, or } from '../cel/expression.ts';
import { isAnnotated } from '../cel/pod.ts';
import { asObject } from '../json.ts';
import type { RuleDefinition } from '../rule.ts';

const annotations = ['k8s.v1.cni.cncf.io/networks', 'v1.multus-cni.io/default-network'] as const;

export const hostInterface: RuleDefinition = {
  id: 'host-interface',
  title: 'Second network interface',
  category: 'Host access',
  action: 'audit',
  severity: 'low',
  finds: 'A pod that asks Multus for a further or another network interface.',
  why: 'Such an interface is often bridged to the network that the node itself is on, past NetworkPolicy.',
  fields: annotations.map((name) => `metadata.annotations[${name}]`),
  allowed: 'absent or empty',
  remedy: 'Remove the annotation, or exempt the namespace whose pods belong on that network.',
  sources: [
    'https://github.com/k8snetworkplumbingwg/multi-net-spec',
    'https://github.com/k8snetworkplumbingwg/multus-cni',
  ],
  necessary: ({ action }, counts) => (counts(action) ? or(...annotations.map(isAnnotated)) : never),
  prepare: () => (pod, report) => {
    if (pod.metadata['annotations'] === undefined) return;
    const present = asObject(pod.metadata['annotations']);
    for (const name of annotations) {
      if (!Object.hasOwn(present, name)) continue;
      const value = present[name];
      if (typeof value !== 'string' || value.trim() === '') continue;
      report({
        path: [...pod.metadataPath, 'annotations', name],
        message: 'asks for a second network interface, often on the network of the node',
      });
    }
  },
};
