/*
 * Images that are network tools, by class. Each pattern is matched against the canonical name and against every end of
 * the repository path, so none names a registry: `netshoot` is the whole last segment wherever it is mirrored, and
 * `alpine/socat` the last two. Names that others use for harmless images keep their owner.
 * Never listed: busybox, alpine, debian, curl images; half the world's pods run them for something else.
 */

/** One image pattern, and where the image is published or documented. */
export interface NetworkImage {
  readonly pattern: string;
  readonly source: string;
}

/** The images of one class; the class's actions are in the definition of `network-tool-image`. */
export interface NetworkImageClass {
  readonly class: string;
  readonly entries: readonly NetworkImage[];
}

const onDockerHub = (pattern: string): NetworkImage => ({ pattern, source: `https://hub.docker.com/r/${pattern}` });

/** Every default image pattern, strongest class first. */
export const networkImages: readonly NetworkImageClass[] = [
  {
    class: 'offensive',
    entries: [
      { pattern: 'kalilinux/*', source: 'https://www.kali.org/docs/containers/official-kalilinux-docker-images/' },
      { pattern: 'parrotsec/*', source: 'https://www.parrotsec.org/docs/cloud/parrot-on-docker/' },
      {
        pattern: 'metasploit-framework',
        source: 'https://hub.docker.com/r/metasploitframework/metasploit-framework',
      },
    ],
  },
  {
    class: 'spoof',
    entries: [
      { pattern: 'bettercap', source: 'https://hub.docker.com/r/bettercap/bettercap' },
      { pattern: 'mitmproxy', source: 'https://hub.docker.com/r/mitmproxy/mitmproxy' },
    ],
  },
  {
    class: 'scanner',
    entries: [
      onDockerHub('instrumentisto/nmap'),
      { pattern: 'rustscan', source: 'https://hub.docker.com/r/rustscan/rustscan' },
      onDockerHub('projectdiscovery/naabu'),
      onDockerHub('projectdiscovery/nuclei'),
      { pattern: 'kube-hunter', source: 'https://hub.docker.com/r/aquasec/kube-hunter' },
    ],
  },
  {
    class: 'capture',
    entries: [
      onDockerHub('corfr/tcpdump'),
      onDockerHub('itsthenetwork/alpine-tcpdump'),
      onDockerHub('dockersec/tcpdump'),
      onDockerHub('maintained/tcpdump'),
      { pattern: 'crccheck/tcpdump', source: 'https://github.com/crccheck/docker-tcpdump' },
      { pattern: 'linuxserver/wireshark', source: 'https://docs.linuxserver.io/images/docker-wireshark/' },
    ],
  },
  {
    class: 'swiss-army',
    entries: [
      { pattern: 'netshoot', source: 'https://github.com/nicolaka/netshoot' },
      onDockerHub('wbitt/network-multitool'),
      onDockerHub('praqma/network-multitool'),
      onDockerHub('travelping/nettools'),
      onDockerHub('jrecord/nettools'),
      onDockerHub('leodotcloud/swiss-army-knife'),
      onDockerHub('rancherlabs/swiss-army-knife'),
      { pattern: 'jonlabelle/network-tools', source: 'https://github.com/jonlabelle/docker-network-tools' },
      { pattern: 'alpine-containertools', source: 'https://hub.docker.com/r/raesene/alpine-containertools' },
      onDockerHub('amouat/network-utils'),
    ],
  },
  {
    class: 'relay',
    entries: [
      onDockerHub('alpine/socat'),
      onDockerHub('subfuzion/netcat'),
      onDockerHub('jpillora/chisel'),
      { pattern: 'frpc', source: 'https://hub.docker.com/r/snowdreamtech/frpc' },
      { pattern: 'frps', source: 'https://hub.docker.com/r/snowdreamtech/frps' },
    ],
  },
  {
    class: 'dns',
    entries: [
      { pattern: 'dnsutils', source: 'https://hub.docker.com/r/tutum/dnsutils' },
      {
        pattern: 'jessie-dnsutils',
        source: 'https://github.com/kubernetes/kubernetes/tree/v1.30.0/test/images/jessie-dnsutils',
      },
      { pattern: 'dnstools', source: 'https://hub.docker.com/r/infoblox/dnstools' },
      { pattern: 'agnhost', source: 'https://github.com/kubernetes/kubernetes/tree/master/test/images/agnhost' },
    ],
  },
  {
    class: 'bandwidth',
    entries: [{ pattern: 'iperf3', source: 'https://hub.docker.com/r/networkstatic/iperf3' }],
  },
];
