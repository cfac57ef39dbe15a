/*
 * The programs that count as network tools, by class, and the packages that bring one under another name. This file is
 * the only list of them. "Falco" is the macro network_tool_binaries of falcosecurity/rules, rules/falco_rules.yaml
 * ("Launch Suspicious Network Tool on Host" and "... in Container"); a package's source is its page at the distribution.
 */

/** One tool: the name of its program, and what makes it one. */
export interface NetworkTool {
  readonly name: string;
  readonly source: string;
}

export interface NetworkToolClass {
  readonly class: string;
  readonly entries: readonly NetworkTool[];
}

/** A package that carries a tool, where the two have different names. */
export interface ToolPackage {
  readonly package: string;
  readonly tool: string;
  readonly source: string;
}

const falco = 'Falco, network_tool_binaries';
const kali = (page: string): string => `https://www.kali.org/tools/${page}/`;
const github = (repository: string): string => `https://github.com/${repository}`;
const debian = (name: string): string => `https://packages.debian.org/${name}`;
const alpine = (name: string): string => `https://pkgs.alpinelinux.org/packages?name=${name}`;
const fedora = (name: string): string => `https://packages.fedoraproject.org/pkgs/${name}/`;
const arch = (name: string): string => `https://archlinux.org/packages/?name=${name}`;
const homebrew = (name: string): string => `https://formulae.brew.sh/formula/${name}`;

export const networkTools: readonly NetworkToolClass[] = [
  {
    class: 'capture',
    entries: [
      { name: 'tcpdump', source: falco },
      { name: 'tshark', source: falco },
      { name: 'ngrep', source: falco },
      { name: 'dumpcap', source: 'https://www.wireshark.org/docs/man-pages/dumpcap.html' },
      { name: 'wireshark', source: 'https://www.wireshark.org/docs/man-pages/wireshark.html' },
      { name: 'termshark', source: github('gcla/termshark') },
      { name: 'tcpflow', source: github('simsong/tcpflow') },
      { name: 'netsniff-ng', source: github('netsniff-ng/netsniff-ng') },
    ],
  },
  {
    class: 'scanner',
    entries: [
      { name: 'nmap', source: falco },
      { name: 'zmap', source: falco },
      { name: 'masscan', source: github('robertdavidgraham/masscan') },
      { name: 'rustscan', source: github('RustScan/RustScan') },
      { name: 'naabu', source: github('projectdiscovery/naabu') },
      { name: 'nuclei', source: github('projectdiscovery/nuclei') },
      { name: 'zgrab', source: github('zmap/zgrab') },
      { name: 'zgrab2', source: github('zmap/zgrab2') },
      { name: 'arp-scan', source: github('royhills/arp-scan') },
      { name: 'netdiscover', source: kali('netdiscover') },
      { name: 'hping', source: kali('hping3') },
      { name: 'hping3', source: kali('hping3') },
      { name: 'nping', source: 'https://nmap.org/nping/' },
      { name: 'nikto', source: github('sullo/nikto') },
      { name: 'unicornscan', source: kali('unicornscan') },
    ],
  },
  {
    class: 'spoof',
    entries: [
      { name: 'mitmproxy', source: falco },
      { name: 'mitmdump', source: 'https://docs.mitmproxy.org/stable/' },
      { name: 'mitmweb', source: 'https://docs.mitmproxy.org/stable/' },
      { name: 'bettercap', source: github('bettercap/bettercap') },
      { name: 'ettercap', source: github('Ettercap/ettercap') },
      { name: 'arpspoof', source: kali('dsniff') },
      { name: 'dnsspoof', source: kali('dsniff') },
      { name: 'macof', source: kali('dsniff') },
      { name: 'responder', source: kali('responder') },
      { name: 'yersinia', source: kali('yersinia') },
      { name: 'sslstrip', source: kali('sslstrip') },
    ],
  },
  {
    class: 'relay',
    entries: [
      { name: 'nc', source: falco },
      { name: 'ncat', source: falco },
      { name: 'netcat', source: falco },
      { name: 'socat', source: falco },
      { name: 'nc.openbsd', source: debian('netcat-openbsd') },
      { name: 'nc.traditional', source: debian('netcat-traditional') },
      { name: 'cryptcat', source: kali('cryptcat') },
      { name: 'chisel', source: github('jpillora/chisel') },
      { name: 'frpc', source: github('fatedier/frp') },
      { name: 'frps', source: github('fatedier/frp') },
      { name: 'gost', source: github('ginuerzh/gost') },
      { name: 'ligolo', source: github('nicocha30/ligolo-ng') },
      { name: 'proxychains', source: github('rofl0r/proxychains-ng') },
      { name: 'proxychains4', source: github('rofl0r/proxychains-ng') },
      { name: 'sshuttle', source: github('sshuttle/sshuttle') },
      { name: 'rinetd', source: github('samhocevar/rinetd') },
      { name: 'pwncat', source: github('cytopia/pwncat') },
    ],
  },
  {
    class: 'dns',
    entries: [
      { name: 'dig', source: falco },
      { name: 'nslookup', source: 'https://bind9.readthedocs.io/en/latest/manpages.html' },
      { name: 'drill', source: 'https://www.nlnetlabs.nl/projects/ldns/about/' },
      { name: 'kdig', source: 'https://www.knot-dns.cz/docs/latest/html/man_kdig.html' },
      { name: 'dnsenum', source: kali('dnsenum') },
      { name: 'dnsrecon', source: kali('dnsrecon') },
      { name: 'fierce', source: kali('fierce') },
    ],
  },
  {
    class: 'terminal',
    entries: [{ name: 'telnet', source: falco }],
  },
  {
    class: 'bandwidth',
    entries: [
      { name: 'iperf', source: 'https://sourceforge.net/projects/iperf2/' },
      { name: 'iperf3', source: github('esnet/iperf') },
      { name: 'nuttcp', source: 'https://www.nuttcp.net/' },
      { name: 'netperf', source: github('HewlettPackard/netperf') },
    ],
  },
  {
    class: 'offensive',
    entries: [
      { name: 'msfconsole', source: kali('metasploit-framework') },
      { name: 'msfvenom', source: kali('metasploit-framework') },
    ],
  },
  {
    class: 'namespace-entry',
    entries: [
      { name: 'nsenter', source: 'https://man7.org/linux/man-pages/man1/nsenter.1.html' },
      { name: 'unshare', source: 'https://man7.org/linux/man-pages/man1/unshare.1.html' },
      // Counts only where its root is the host's: see command-line/namespace-entry.ts.
      { name: 'chroot', source: 'https://man7.org/linux/man-pages/man1/chroot.1.html' },
    ],
  },
];

export const toolPackages: readonly ToolPackage[] = [
  { package: 'netcat-openbsd', tool: 'nc', source: debian('netcat-openbsd') },
  { package: 'netcat-traditional', tool: 'nc', source: debian('netcat-traditional') },
  { package: 'openbsd-netcat', tool: 'nc', source: arch('openbsd-netcat') },
  { package: 'gnu-netcat', tool: 'netcat', source: arch('gnu-netcat') },
  { package: 'nmap-ncat', tool: 'ncat', source: fedora('nmap') },
  { package: 'nmap-nping', tool: 'nping', source: alpine('nmap-nping') },
  { package: 'nmap-scripts', tool: 'nmap', source: alpine('nmap-scripts') },
  { package: 'nmap-nselibs', tool: 'nmap', source: alpine('nmap-nselibs') },
  { package: 'busybox-extras', tool: 'telnet', source: alpine('busybox-extras') },
  { package: 'inetutils-telnet', tool: 'telnet', source: debian('inetutils-telnet') },
  { package: 'telnet-ssl', tool: 'telnet', source: debian('telnet-ssl') },
  { package: 'krb5-telnet', tool: 'telnet', source: fedora('krb5-appl') },
  { package: 'inetutils', tool: 'telnet', source: arch('inetutils') },
  { package: 'bind-tools', tool: 'dig', source: alpine('bind-tools') },
  { package: 'bind-utils', tool: 'dig', source: fedora('bind') },
  { package: 'bind9-dnsutils', tool: 'dig', source: debian('bind9-dnsutils') },
  { package: 'bind9-utils', tool: 'dig', source: debian('bind9-utils') },
  { package: 'dnsutils', tool: 'dig', source: debian('dnsutils') },
  { package: 'ldnsutils', tool: 'drill', source: debian('ldnsutils') },
  { package: 'ldns-tools', tool: 'drill', source: alpine('ldns-tools') },
  { package: 'ldns-utils', tool: 'drill', source: fedora('ldns') },
  { package: 'knot-dnsutils', tool: 'kdig', source: debian('knot-dnsutils') },
  { package: 'knot-utils', tool: 'kdig', source: alpine('knot-utils') },
  { package: 'wireshark-cli', tool: 'tshark', source: fedora('wireshark') },
  { package: 'wireshark-common', tool: 'dumpcap', source: debian('wireshark-common') },
  { package: 'wireshark-qt', tool: 'wireshark', source: arch('wireshark-qt') },
  { package: 'netsniff-ng-full', tool: 'netsniff-ng', source: fedora('netsniff-ng') },
  { package: 'dsniff', tool: 'arpspoof', source: debian('dsniff') },
  { package: 'ettercap-common', tool: 'ettercap', source: debian('ettercap-common') },
  { package: 'ettercap-text-only', tool: 'ettercap', source: debian('ettercap-text-only') },
  { package: 'ettercap-graphical', tool: 'ettercap', source: debian('ettercap-graphical') },
  { package: 'proxychains-ng', tool: 'proxychains4', source: alpine('proxychains-ng') },
  { package: 'frp', tool: 'frpc', source: alpine('frp') },
  { package: 'ligolo-ng', tool: 'ligolo', source: kali('ligolo-ng') },
  { package: 'metasploit-framework', tool: 'msfconsole', source: kali('metasploit-framework') },
  { package: 'metasploit', tool: 'msfconsole', source: homebrew('metasploit') },
  { package: 'iperf2', tool: 'iperf', source: alpine('iperf') },
];

/** What Falco's own list holds: running one of these raises its alert. */
export const falcoTools: ReadonlySet<string> = new Set(
  networkTools.flatMap(({ entries }) => entries.filter(({ source }) => source === falco).map(({ name }) => name)),
);
