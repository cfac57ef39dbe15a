import fc from 'fast-check';
import { arbitraryAnnotations, arbitraryPodSpec } from './arbitrary-pods.ts';
import type { Fields } from './pods.ts';

/** Pods for the border between what an expression can tell of a command line and what only the reader of commands can. */

/** Pieces of scripts that an expression may let pass, and names and parts of tools among them. */
const calm = [
  ...[
    'nmap',
    'nm',
    'ap',
    'nmap ',
    ' tcpdump -i any',
    'nc -z db 1',
    'dig x',
    'nsenter -t 1 -m',
    ' ',
    ' ',
    ' ',
    '\n',
    ';',
    '&&',
    '||',
  ],
  ...['|', '&', '=', '/', './', '.', '-', ':', ',', '$X', '${Y}', '$@', '$1', '"$X"', "'", '"', '\\\n', '1', 'a', 'x '],
  ...[
    '>/dev/null',
    '2>&1',
    '>&1',
    ' > /dev/stderr',
    'echo ./1',
    'sleep 1',
    'exec ',
    'if true; then ',
    ' fi',
    'while true; do ',
  ],
  ...[
    ' done',
    'cat ',
    'cp ',
    'command ',
    'time ',
    'timeout 5 ',
    'apk add ',
    'python -c ',
    'find / ',
    'ip ',
    '[ -f x ]',
    '! ',
    '#',
  ],
  ...['java $JAVA_OPTS -jar app.jar', 'echo hello', 'NMAP', 'nmap.exe', 'until ', 'sudo ', 'nohup ', 'exit 0', 'cd /'],
] as const;

/** Pieces that put words together, read texts again, or hide. */
const wild = [
  ...[
    '$(',
    ')',
    '(',
    '`',
    '\\',
    '{',
    '}',
    '{a,b}',
    '*',
    'X=',
    'Y=nm',
    '+=',
    '${X:-nmap}',
    '<',
    '<<E\n',
    'E\n',
    '>',
    '>>',
    '>f',
  ],
  ...[
    'echo -n ',
    'printf ',
    'eval ',
    'sh ',
    'sh -c ',
    'xargs ',
    'for x in a nmap; do ',
    'case x in ',
    'esac',
    'env ',
    'env -S ',
  ],
  ...[
    'trap ',
    'read X',
    'base64 -d',
    'rev',
    'tr a b',
    'tee a',
    '. ',
    'source ',
    '-exec ',
    ' {} ;',
    'export ',
    'set -- ',
    'su -c',
  ],
  ...[
    '-cnmap',
    'su ',
    'watch ',
    'busybox ',
    'chroot /host ',
    'bm1hcA==',
    '\u212a',
    '\u017f',
    'cmd /c ',
    '^',
    '%X%',
    '1>&2',
    '&>/dev/null',
  ],
  ...[
    'ip netns exec x ',
    'flock /x ',
    'alias a=',
    'a ',
    'f() ',
    'function f ',
    '$* ',
    '$0 ',
    'IFS= ',
    '/dev/tcp/',
    '>&1a',
    './1a',
  ],
] as const;

const scriptOf = (pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((parts) => parts.join(''));
const script = fc.oneof(
  { weight: 3, arbitrary: scriptOf(calm) },
  { weight: 1, arbitrary: scriptOf([...calm, ...wild]) },
);

const heads = fc.constantFrom(
  ...[
    'sh',
    '/bin/sh',
    'bash',
    'busybox',
    'env',
    'timeout',
    'tini',
    'su',
    'xargs',
    'find',
    'python3',
    'nmap',
    '/usr/bin/nc',
  ],
  ...[
    'app',
    '/app/x',
    'nc.exe',
    'NC',
    'cmd',
    'powershell',
    'watch',
    '$(X)',
    'sh-5.1',
    'bash5',
    'ld-linux.so.2',
    '-c',
    '-ec',
  ],
  ...[
    '--',
    '--x',
    '-g',
    '-anmap',
    'FOO=nm',
    'sleep 1; nmap',
    'a b',
    'start-stop-daemon',
    'apk',
    '+c',
    'nmap\n',
    'a/sh/',
  ],
);
const flags = fc.constantFrom('-c', '-ec', '-', '-S', '-e', '--', '5', 'add', 'install', '-s');
const argv = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(heads, flags, script, fc.array(script, { maxLength: 2 }))
      .map(([head, flag, first, more]) => [head, flag, first, ...more]),
  },
  { weight: 1, arbitrary: fc.array(fc.oneof(heads, script), { minLength: 1, maxLength: 4 }) },
);
const environment = fc.array(
  fc.record({
    name: fc.constantFrom('X', 'Y', 'JAVA_OPTS', 'IFS'),
    value: fc.oneof(script, fc.constantFrom('nmap', 'nm', 'ap', 'eval', 'sh -c', '$(X)')),
  }),
  { maxLength: 3 },
);
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 1 });

const container = (name: string) =>
  fc
    .record({
      name: fc.constant(name),
      image: fc.constant('registry.example/app:1'),
      command: fc.option(argv, { nil: undefined }),
      args: seldom(argv),
      env: fc.option(environment, { nil: undefined }),
      livenessProbe: seldom(argv.map((command) => ({ exec: { command } }))),
      lifecycle: seldom(argv.map((command) => ({ preStop: { exec: { command } } }))),
    })
    .map(asSent);

/** Pods that differ from a benign one by their command lines, some of them with host access that alone refuses nothing. */
export const arbitraryCommandPod: fc.Arbitrary<Fields> = fc
  .tuple(
    fc.oneof(
      container('one').map((each) => [each]),
      fc.tuple(container('one'), container('two')),
    ),
    fc.constantFrom({}, {}, { volumes: [{ name: 'v', hostPath: { path: '/proc' } }] }),
  )
  .map(([containers, spec]) => asSent({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { ...spec, containers } }));

/** Pods around the boundaries of every rule, in a form that the API server takes. */
export const arbitraryRulePod: fc.Arbitrary<Fields> = fc
  .tuple(arbitraryPodSpec, arbitraryAnnotations)
  .map(([spec, metadata]) => takenPod({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));

/** The pod in a form that validation lets through: names of its own for containers, volumes and ports, nothing that is refused for its own sake. */
export function takenPod(pod: Fields): Fields {
  const spec = structuredClone(pod['spec']) as Record<string, unknown>;
  let count = 0;
  for (const list of ['initContainers', 'containers']) {
    for (const each of listOf(spec[list])) {
      each['name'] = `c${count++}`;
      delete each['ports'];
      if (typeof each['securityContext'] === 'object' && each['securityContext'] !== null) {
        delete (each['securityContext'] as Record<string, unknown>)['windowsOptions'];
      }
      if (list === 'initContainers') delete each['lifecycle'];
    }
  }
  for (const each of listOf(spec['volumes'])) each['name'] = `v${count++}`;
  const left = new Set(['ephemeralContainers', 'os', 'securityContext', 'runtimeClassName', 'priorityClassName']);
  return asSent({ ...pod, spec: Object.fromEntries(Object.entries(spec).filter(([field]) => !left.has(field))) });
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

/** As JSON has it, without fields that are null or empty lists: the API server drops them. */
function asSent(fields: Fields): Fields {
  return JSON.parse(
    JSON.stringify(fields, (_, value: unknown) =>
      value === null || (Array.isArray(value) && value.length === 0) ? undefined : value,
    ),
  ) as Fields;
}
