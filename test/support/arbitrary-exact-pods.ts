import fc from 'fast-check';
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

const container = fc.record({
  image: fc.constant('registry.example/app:1'),
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

const flag = fc.constantFrom(undefined, undefined, undefined, false, true);

/** Each container and volume has a name of its own; some pods are refused by validation. */
export const arbitraryExactPod: fc.Arbitrary<Fields> = fc
  .record({
    hostNetwork: flag,
    hostPID: flag,
    hostIPC: flag,
    containers: fc.array(container, { minLength: 1, maxLength: 2 }),
    initContainers: fc.array(container, { maxLength: 1 }),
    volumes: fc.array(path, { maxLength: 3 }),
  })
  .map(({ containers, initContainers, volumes, ...flags }) => ({
    spec: JSON.parse(
      JSON.stringify({
        ...flags,
        containers: containers.map((each, index) => ({ ...each, name: `c${index}` })),
        initContainers: initContainers.map((each, index) => ({ ...each, name: `i${index}` })),
        volumes: volumes.map((each, index) => ({ name: `v${index}`, hostPath: { path: each } })),
      }),
    ) as Fields,
  }));
