import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { exemptedBy } from '../../src/policy/exemptions.ts';
import { readPolicyText } from '../../src/policy-file/read.ts';

const file = join(import.meta.dirname, '..', '..', 'manifests', 'policy', 'exemptions-node-agents.yaml');
const { exemptions } = readPolicyText(readFileSync(file, 'utf8'), file);

function coveredBy(rule: string, namespace: string, ...images: readonly string[]): string | undefined {
  return exemptedBy(exemptions, { rule, namespace, serviceAccount: 'default', images }, 0);
}

describe('the starter exemptions cover the node agents as their projects ship them', () => {
  // exemption, rule, namespace, images that the finding rests on
  const table: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['kube-proxy', 'privileged', 'kube-system', ['registry.k8s.io/kube-proxy:v1.34.1']],
    ['kube-proxy', 'host-network', 'kube-system', ['registry.k8s.io/kube-proxy-amd64:v1.34.1']],
    ['node-local-dns', 'host-network', 'kube-system', ['registry.k8s.io/dns/k8s-dns-node-cache:1.26.4']],
    ['calico', 'host-network', 'kube-system', ['docker.io/calico/cni:v3.31.6', 'calico/node:v3.31.6']],
    ['calico', 'host-network', 'tigera-operator', ['quay.io/tigera/operator:v1.40.0']],
    ['cilium', 'network-tool-command', 'kube-system', ['quay.io/cilium/cilium:v1.18.12@sha256:' + 'a'.repeat(64)]],
    ['flannel', 'net-raw', 'kube-flannel', ['ghcr.io/flannel-io/flannel:v0.28.9']],
    [
      'metallb-speaker',
      'host-network',
      'metallb-system',
      ['quay.io/metallb/speaker:v0.15.2', 'quay.io/frrouting/frr:10.4.1'],
    ],
    ['istio-init', 'net-raw', 'shop', ['docker.io/istio/proxyv2:1.28.0']],
    [
      'csi-node-plugins',
      'host-path',
      'kube-system',
      [
        'registry.k8s.io/provider-aws/aws-ebs-csi-driver:v1.58.0',
        'registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.16.0',
        'registry.k8s.io/sig-storage/livenessprobe:v2.18.0',
      ],
    ],
    [
      'csi-node-plugins',
      'privileged',
      'kube-system',
      ['mcr.microsoft.com/oss/v2/kubernetes-csi/azuredisk-csi:v1.34.4'],
    ],
    ['csi-node-plugins', 'privileged', 'kube-system', ['hetznercloud/hcloud-csi-driver:v2.20.2']],
    ['nvidia-device-plugin', 'host-path', 'kube-system', ['nvcr.io/nvidia/k8s-device-plugin:v0.17.3']],
    [
      'node-exporter',
      'host-pid',
      'monitoring',
      ['quay.io/prometheus/node-exporter:v1.12.1', 'quay.io/brancz/kube-rbac-proxy:v0.22.1'],
    ],
    ['fluent-bit', 'host-path', 'logging', ['cr.fluentbit.io/fluent/fluent-bit:4.1.0']],
    ['datadog', 'net-raw', 'datadog-agent', ['registry.datadoghq.com/agent:7.81.1']],
    ['falco', 'privileged', 'falco', ['docker.io/falcosecurity/falco:0.42.0']],
  ];
  test.each(table)('%s: %s in %s', (name, rule, namespace, images) => {
    expect(coveredBy(rule, namespace, ...images)).toBe(name);
  });
});

describe('and nothing that only looks like them', () => {
  const table: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['another namespace', 'privileged', 'default', ['docker.io/calico/node:v3.31.6']],
    ['another registry', 'privileged', 'kube-system', ['evil.example/calico/node:v3.31.6']],
    ['a rule that it does not need', 'host-pid', 'kube-system', ['docker.io/calico/node:v3.31.6']],
    ['a stranger in the same pod', 'host-network', 'kube-system', ['docker.io/calico/node:v3.31.6', 'busybox']],
  ];
  test.each(table)('%s', (_, rule, namespace, images) => {
    expect(coveredBy(rule, namespace, ...images)).toBeUndefined();
  });
});
