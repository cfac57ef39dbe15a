import fc from 'fast-check';
import type { Fields } from './pods.ts';

/** Pods around the boundaries that the rules draw: every field that one looks at, in spellings that pass and that do not. */

const capability = fc.constantFrom(
  'NET_RAW',
  'net_raw',
  'CAP_NET_RAW',
  ' NET_RAW',
  'ALL',
  'all',
  'CAP_ALL',
  'SYS_ADMIN',
  'NET_ADMIN',
  'CHOWN',
  'NET_BIND_SERVICE',
  '\uff2e\uff25\uff34_\uff32\uff21\uff37',
  '\u017fYS_ADMIN',
);
const image = fc.constantFrom(
  'nginx:1.27',
  'busybox',
  'registry.k8s.io/pause:3.10',
  'nicolaka/netshoot',
  'mirror.corp:5000/nicolaka/netshoot:v1',
  'alpine/socat',
  'corp/tcpdump-tools',
  `sha256:${'a'.repeat(64)}`,
  'f'.repeat(64),
);
const words = fc.constantFrom(
  ['sleep', '1'],
  ['nmap', '-sS', '10.0.0.1'],
  ['sh', '-c', 'until nc -z db 5432; do sleep 1; done'],
  ['sh', '-c', 'apk add tcpdump'],
  ['echo', 'nmap'],
  ['nsenter', '-t', '1', '-m', 'sh'],
  ['/bin/app', '--iptables-resync'],
);
const mostlyAbsent = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const capabilities = fc.record(
  { add: fc.array(capability, { maxLength: 3 }), drop: fc.array(capability, { maxLength: 3 }) },
  { requiredKeys: [] },
);
const windowsOptions = fc.record({ hostProcess: fc.boolean() });
const securityContext = fc.record(
  { privileged: fc.boolean(), capabilities: fc.option(capabilities), windowsOptions, runAsNonRoot: fc.boolean() },
  { requiredKeys: [] },
);

export const arbitraryContainer: fc.Arbitrary<Fields> = fc
  .record({
    name: fc.constantFrom('app', 'sidecar', 'a.b', '__proto__'),
    image,
    command: mostlyAbsent(words),
    securityContext: mostlyAbsent(fc.option(securityContext)),
    ports: mostlyAbsent(
      fc.array(fc.record({ containerPort: fc.constant(80), hostPort: fc.constantFrom(0, 80, 81) }), { maxLength: 2 }),
    ),
    lifecycle: mostlyAbsent(words.map((command) => ({ preStop: { exec: { command } } }))),
  })
  .map(present);

const volume = fc.oneof(
  fc
    .constantFrom('/', '/proc', '/var/log', '/run/netns', '/etc/x', '/data')
    .map((path) => ({ name: 'v', hostPath: { path } })),
  fc.constant({ name: 'v', emptyDir: {} }),
  image.map((reference) => ({ name: 'v', image: { reference } })),
);

export const arbitraryPodSpec: fc.Arbitrary<Fields> = fc
  .record({
    hostNetwork: mostlyAbsent(fc.boolean()),
    hostPID: mostlyAbsent(fc.boolean()),
    hostIPC: mostlyAbsent(fc.boolean()),
    os: mostlyAbsent(fc.constantFrom({ name: 'linux' }, { name: 'windows' })),
    securityContext: mostlyAbsent(fc.record({ windowsOptions })),
    volumes: mostlyAbsent(fc.array(volume, { maxLength: 3 })),
    initContainers: mostlyAbsent(fc.array(arbitraryContainer, { maxLength: 2 })),
    containers: fc.array(arbitraryContainer, { minLength: 1, maxLength: 4 }),
    ephemeralContainers: mostlyAbsent(fc.array(arbitraryContainer, { maxLength: 1 })),
  })
  .map(present);

export const arbitraryAnnotations: fc.Arbitrary<Fields> = fc.constantFrom(
  {},
  { annotations: { 'k8s.v1.cni.cncf.io/networks': 'x' } },
  { annotations: { 'v1.multus-cni.io/default-network': '' } },
);

/** The object without the fields that are undefined, as JSON has it. */
function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
