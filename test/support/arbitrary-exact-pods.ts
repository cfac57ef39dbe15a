import fc from 'fast-check';
import { networkImages } from '../../src/policy/network-images.ts';
import { networkTools } from '../../src/policy/network-tools.ts';
import type { Fields } from './pods.ts';

/** Pods around the borders of what an expression decides exactly: spellings of capabilities, ports and paths of the node. */

const spelling = fc
  .tuple(
    fc.constantFrom('', '', '', ' ', '\t', '\u00a0', '\u0085'),
    fc.constantFrom('', '', '', 'CAP_', 'cap_', 'CAP_CAP_'),
    fc.constantFrom(
      ...['NET_RAW', 'net_raw', 'Net_Raw', 'ALL', 'all', 'SYS_ADMIN', 'sys_ptrace', 'NET_ADMIN', 'BPF', 'CHOWN'],
      ...['NET_RAWS', 'NET', 'NET_RAW NET_ADMIN', '\u017fYS_ADMIN', '\uff2eET_RAW', 'SY\u017f_ADMIN', 'X'.repeat(39)],
    ),
    fc.constantFrom('', '', '', ' ', '\n', 'x', '\u00a0', '\u0085'),
  )
  .map((parts) => parts.join(''));
const path = fc
  .tuple(
    fc.constantFrom('/', '/', '/', '//', '/./', '/x/../', 'C:\\', '/.'),
    fc.constantFrom(
      ...['', 'proc', 'proc/1', 'procfs', 'var', 'var/lib', 'var/lib/kubelet', 'var/lib/kubelets', 'var/run/netns'],
      ...[
        'run',
        'run/docker.sock',
        'data/docker.sock',
        'data/docker.sock.d',
        'data',
        'data/\u00e9',
        'etc',
        'etcd',
        'ETC',
      ],
      ...['opt', 'opt/cni', 'opt/cnis', 'pipe/docker_engine', 'data/pipe/docker_engine', 'lib6', 'lib64', 'home/..x'],
    ),
    fc.constantFrom('', '', '', '/', '/x', '/.', '/..x', '/y z'),
  )
  .map((parts) => parts.join(''));
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

/** Names at the borders of the patterns, with and without what need not be written. */
export const arbitraryImage = fc
  .tuple(
    fc.constantFrom(
      ...['', '', '', 'docker.io/', 'docker.io/library/', 'index.docker.io/', 'localhost/', 'registry.example/team/'],
      ...['Registry.example/', 'registry.example:5000/', 'my_registry.corp/', 'x.corp:5000/', 'library/', 'corp/'],
    ),
    fc.constantFrom(
      ...[
        'app',
        'app',
        'netshoot',
        'nicolaka/netshoot',
        'netshoot-app',
        'kalilinux/kali',
        'kalilinux/a/b',
        'kalilinux',
      ],
      ...['nmap', 'instrumentisto/nmap', 'alpine/socat', 'socat', 'dnsutils', 'iperf3', 'iperf3/iperf', 'a--b', 'a__b'],
      ...[
        'probe-a',
        'x/probe-b',
        'xy/probe-b',
        'p-robe',
        'q-robe',
        'p]robe',
        'probe-c',
        'x/y/probe-d',
        'relay-a',
        'lab/x',
      ],
    ),
    fc.constantFrom(
      '',
      '',
      ':1',
      ':v1.2_A',
      ':netshoot',
      `@sha256:${'0'.repeat(64)}`,
      `:1@sha256:${'a'.repeat(64)}`,
      '@sha512:0',
    ),
  )
  .map((parts) => parts.join(''));
const imageOrId = fc.oneof(
  { weight: 12, arbitrary: arbitraryImage },
  {
    weight: 1,
    arbitrary: fc.constantFrom(`sha256:${'a'.repeat(64)}`, 'sha256:abc', 'f'.repeat(64), `${'a/'.repeat(120)}b`),
  },
);

/** Lines that begin with a tool, or nearly. */
const line = fc
  .tuple(
    fc.constantFrom('', '', '', '/usr/bin/', 'a/', '-x/', '$(HOME)/', './', 'C:\\'),
    fc.constantFrom(
      ...['app', 'nmap', 'nmap', 'tcpdump', 'hping3', 'nc', 'nc.openbsd', 'dig', 'iperf3', 'telnet', 'netsniff-ng'],
      ...[
        'NMAP',
        'nmap.exe',
        'nmap ',
        'nsenter',
        'unshare',
        'proxychains',
        'sh',
        'timeout',
        'mytool',
        'nmap/',
        'nmap;',
      ],
    ),
    fc.array(fc.constantFrom('-sS', 'host', '$(HOME)', '$X', 'nmap', '-c', '', 'x'.repeat(257), '5'), { maxLength: 3 }),
  )
  .map(([folder, name, words]) => [`${folder}${name}`, ...words]);
const exec = line.map((command) => ({ exec: { command } }));

/** What init containers have too. */
const plainContainer = fc.record({
  image: imageOrId,
  command: fc.option(line, { nil: undefined, freq: 1 }),
  args: seldom(line),
  securityContext: seldom(
    fc.record({
      privileged: seldom(fc.constant(true)),
      capabilities: seldom(
        fc.record({
          add: seldom(fc.array(spelling, { maxLength: 3 })),
          drop: seldom(fc.array(spelling, { maxLength: 3 })),
        }),
      ),
    }),
  ),
  ports: seldom(
    fc.array(
      fc.record({ containerPort: fc.constantFrom(80, 81), hostPort: fc.constantFrom(undefined, 0, 80, 81, 8080) }),
      {
        maxLength: 2,
      },
    ),
  ),
});

const container = fc
  .tuple(
    plainContainer,
    fc.record({
      livenessProbe: seldom(exec),
      lifecycle: seldom(fc.record({ postStart: seldom(exec), preStop: seldom(exec) })),
    }),
  )
  .map(([plain, execs]) => ({ ...plain, ...execs }));

const flag = fc.constantFrom(undefined, undefined, undefined, false, true);

/** A pod with and one without host access for every image and tool that is listed, and for what is seldom generated. */
export const plainPods: readonly Fields[] = [
  ...networkImages.flatMap(({ entries }) => entries.map(({ pattern }) => ({ image: pattern.replace('*', 'x') }))),
  ...networkTools.flatMap(({ entries }) => entries.map(({ name }) => ({ image: 'app', command: [name, 'x'] }))),
  { image: 'app', securityContext: { capabilities: { add: ['CHOWN'] } } },
].flatMap((each) => [
  { spec: { containers: [{ name: 'c', ...each }] } },
  { spec: { hostPID: true, containers: [{ name: 'c', ...each }] } },
  {
    spec: {
      hostNetwork: true,
      securityContext: { windowsOptions: { hostProcess: true } },
      containers: [{ name: 'c', ...each }],
    },
  },
]);

/** Each container and volume has a name of its own; some pods are refused by validation. */
export const arbitraryExactPod: fc.Arbitrary<Fields> = fc
  .record({
    hostNetwork: flag,
    hostPID: flag,
    hostIPC: flag,
    hostProcess: fc.constantFrom(false, false, false, false, false, true),
    containers: fc.array(container, { minLength: 1, maxLength: 2 }),
    initContainers: fc.array(plainContainer, { maxLength: 1 }),
    volumes: fc.oneof(fc.constant([] as string[]), fc.array(path, { maxLength: 3 })),
    images: fc.oneof(fc.constant([] as string[]), fc.array(imageOrId, { maxLength: 2 })),
  })
  .map(({ containers, initContainers, volumes, images, hostProcess, ...flags }) => ({
    spec: JSON.parse(
      JSON.stringify({
        ...flags,
        ...(hostProcess
          ? { hostNetwork: true, securityContext: { windowsOptions: { hostProcess: true, runAsUserName: 'x' } } }
          : {}),
        containers: containers.map((each, index) => ({ ...each, name: `c${index}` })),
        initContainers: initContainers.map((each, index) => ({ ...each, name: `i${index}` })),
        volumes: [
          ...volumes.map((each, index) => ({ name: `v${index}`, hostPath: { path: each } })),
          ...images.map((reference, index) => ({ name: `m${index}`, image: { reference } })),
        ],
      }),
    ) as Fields,
  }));
