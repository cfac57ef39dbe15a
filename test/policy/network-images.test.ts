import { compileImagePatterns, compileNameTokens, imagePatternProblem } from '../../src/policy/image-patterns.ts';
import { parseImageReference } from '../../src/policy/image-reference.ts';
import { networkImages } from '../../src/policy/network-images.ts';

const entries = networkImages.flatMap((each) => each.entries.map((entry) => ({ class: each.class, ...entry })));
const find = compileImagePatterns(entries);
const digest = `sha256:${'0f'.repeat(32)}`;

function classOf(image: string): string | undefined {
  const reference = parseImageReference(image);
  if ('opaque' in reference) throw new Error(`${image} is ${reference.opaque}`);
  return find(reference)?.class;
}

describe('the default image patterns', () => {
  it('stand once each, can be used, and name a source', () => {
    expect(new Set(entries.map(({ pattern }) => pattern)).size).toBe(entries.length);
    for (const { pattern, source } of entries) {
      expect({ pattern, problem: imagePatternProblem(pattern) }).toEqual({ pattern, problem: undefined });
      expect(source).toMatch(/^https:\/\/[^\s]+$/);
    }
  });

  it('have the classes of images in order, strongest first', () => {
    expect(networkImages.map((each) => each.class)).toEqual([
      'offensive',
      'spoof',
      'scanner',
      'capture',
      'swiss-army',
      'relay',
      'dns',
      'bandwidth',
    ]);
  });

  it.each(entries.map((entry) => [entry.pattern, entry.class]))(
    '%s is %s wherever it is mirrored',
    (pattern, expected) => {
      const path = pattern.replace('*', 'rolling');
      const owned = path.includes('/') ? path : `some-owner/${path}`;
      for (const image of [
        path,
        owned,
        `docker.io/${owned}`,
        `index.docker.io/${owned}:latest`,
        `quay.io/${owned}`,
        `mirror.corp:5000/docker/${owned}`,
        `mirror.corp:5000/docker.io/${owned}:v1.2-alpine`,
        `10.0.0.1:5000/a/b/c/${path}@${digest}`,
        `[::1]:5000/${path}:v1@${digest}`,
        `localhost/${path}`,
        `My_Mirror.corp/${path}`.toLowerCase(),
        `MIRROR/${owned}`,
      ]) {
        expect({ image, class: classOf(image) }).toEqual({ image, class: expected });
      }
    },
  );
});

describe('tools as people write them', () => {
  it.each([
    ['nicolaka/netshoot', 'swiss-army'],
    ['wbitt/network-multitool:alpine-extra', 'swiss-army'],
    ['praqma/network-multitool', 'swiss-army'],
    ['travelping/nettools', 'swiss-army'],
    ['jrecord/nettools', 'swiss-army'],
    ['leodotcloud/swiss-army-knife', 'swiss-army'],
    ['ghcr.io/jonlabelle/network-tools', 'swiss-army'],
    ['raesene/alpine-containertools', 'swiss-army'],
    ['docker.io/amouat/network-utils', 'swiss-army'],
    ['corfr/tcpdump', 'capture'],
    ['lscr.io/linuxserver/wireshark:latest', 'capture'],
    ['instrumentisto/nmap:7.95', 'scanner'],
    ['rustscan/rustscan', 'scanner'],
    ['projectdiscovery/naabu', 'scanner'],
    ['projectdiscovery/nuclei', 'scanner'],
    ['aquasec/kube-hunter', 'scanner'],
    ['bettercap/bettercap', 'spoof'],
    ['mitmproxy/mitmproxy', 'spoof'],
    ['kalilinux/kali-rolling', 'offensive'],
    ['parrotsec/security', 'offensive'],
    ['metasploitframework/metasploit-framework', 'offensive'],
    ['alpine/socat', 'relay'],
    ['subfuzion/netcat', 'relay'],
    ['jpillora/chisel', 'relay'],
    ['snowdreamtech/frpc', 'relay'],
    ['snowdreamtech/frps', 'relay'],
    ['tutum/dnsutils', 'dns'],
    ['registry.k8s.io/e2e-test-images/jessie-dnsutils:1.3', 'dns'],
    ['registry.k8s.io/e2e-test-images/agnhost:2.47', 'dns'],
    ['infoblox/dnstools', 'dns'],
    ['networkstatic/iperf3', 'bandwidth'],
    ['Nicolaka/netshoot', 'swiss-army'],
  ])('%s is %s', (image, expected) => {
    expect(classOf(image)).toBe(expected);
  });
});

/** Images of everyday clusters; none is a network tool, not even by a part of its name. */
const harmless = [
  ...[
    'nginx',
    'nginx:1.27-alpine',
    'busybox',
    'busybox:1.36',
    'alpine',
    'alpine:3.20',
    'debian:bookworm-slim',
    'ubuntu',
  ],
  ...[
    'curlimages/curl',
    'alpine/curl',
    'redis:7.2',
    'postgres:16',
    'mysql',
    'mongo',
    'rabbitmq:3-management',
    'memcached',
  ],
  ...[
    'haproxy:3.0',
    'traefik:v3.1',
    'envoyproxy/envoy:v1.31.0',
    'istio/proxyv2:1.23.0',
    'istio/pilot',
    'golang',
    'python',
  ],
  ...[
    'node:22-slim',
    'docker.io/calico/node:v3.31.6',
    'calico/cni',
    'calico/kube-controllers',
    'calico/typha',
    'tomcat',
  ],
  ...[
    'quay.io/cilium/cilium:v1.18.12',
    'quay.io/cilium/operator-generic',
    'ghcr.io/flannel-io/flannel:v0.28.9',
    'httpd',
  ],
  ...['registry.k8s.io/coredns/coredns:v1.14.2', 'registry.k8s.io/external-dns/external-dns:v0.14.1', 'grafana/loki'],
  ...[
    'registry.k8s.io/dns/k8s-dns-node-cache:1.23.1',
    'registry.k8s.io/dns/k8s-dns-dnsmasq-nanny:1.23.1',
    'grafana/grafana',
  ],
  ...[
    'registry.k8s.io/kube-proxy:v1.31.0',
    'registry.k8s.io/kube-apiserver',
    'registry.k8s.io/pause:3.10',
    'kindest/node',
  ],
  ...[
    'registry.k8s.io/kops/dns-controller',
    'registry.k8s.io/ingress-nginx/controller:v1.11.2',
    'minio/minio',
    'consul',
  ],
  ...['registry.k8s.io/metrics-server/metrics-server', 'registry.k8s.io/node-problem-detector/node-problem-detector'],
  ...[
    'registry.k8s.io/networking/kindnet:v1.0.1',
    'quay.io/prometheus/node-exporter:v1.12.1',
    'prom/prometheus',
    'vault',
  ],
  ...['quay.io/prometheus/blackbox-exporter:v0.28.0', 'prom/snmp-exporter', 'quay.io/jetstack/cert-manager-controller'],
  ...[
    'rancher/k3s',
    'rancher/klipper-lb',
    'rancher/mirrored-library-busybox',
    'falcosecurity/falco',
    'aquasec/kube-bench',
  ],
  ...[
    'aquasec/trivy',
    'openpolicyagent/opa',
    'ghcr.io/kyverno/test-busybox:1.35',
    'metallb/speaker',
    'quay.io/frrouting/frr',
  ],
  ...[
    'cloudflare/cloudflared',
    'tailscale/tailscale',
    'linuxserver/wireguard',
    'linuxserver/plex',
    'alpine/git',
    'alpine/k8s',
  ],
  ...['projectdiscovery/interactsh-server', 'mirror.corp/nettools-free/app', 'corp/netshootout', 'corp/frpc-less/app'],
  ...[
    'corp/networks',
    'corp/iperf3d',
    'corp/digital',
    'corp/nginc',
    'corp/dnsutilsx',
    'kalilinuxfan/app',
    'corp/mykalilinux/x',
  ],
];

describe('images that are not network tools', () => {
  const named = compileNameTokens(new Set('nc ncat netcat nmap dig tcpdump tshark ngrep telnet socat zmap'.split(' ')));

  it.each(harmless)('%s', (image) => {
    const reference = parseImageReference(image);
    if ('opaque' in reference) throw new Error(`${image} is ${reference.opaque}`);
    expect({ strong: find(reference), weak: named(reference) }).toEqual({ strong: undefined, weak: undefined });
  });

  it.each([
    ['corp/tcpdump-tools', 'tcpdump'],
    ['prometheus-nmap-exporter', 'nmap'],
  ])('%s is one only by a part of its name (%s)', (image, tool) => {
    const reference = parseImageReference(image);
    if ('opaque' in reference) throw new Error(`${image} is ${reference.opaque}`);
    expect({ strong: find(reference), weak: named(reference) }).toEqual({ strong: undefined, weak: tool });
  });
});
