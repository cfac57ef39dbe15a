import { networkTools } from '../../src/policy/network-tools.ts';
import type { Fields } from './pods.ts';

/** Ways to run a tool that look harmless to an expression, and names and spellings at the edge of what it reads. */
const commands: readonly (readonly string[])[] = [
  ['sh', '-c', 'IFS=; set -- nm ap; "$*"'],
  ['env', '-S', 'nmap'],
  ['sh', '-c', 'exec  /usr/bin/nmap'],
  ['su', '-cnmap'],
  ['start-stop-daemon', '-anmap'],
  ['sh', '-c', 'echo ./a >./a;./a'],
  ['sh', '-c', 'echo ./1 >&1;./1'],
  ['CMD.EXE', '/cnmap'],
  ['powershell', '-enc', 'bgBtAGEAcAA='],
  ['ld-musl-x86_64.so.1', '/bin/nmap'],
  ['sh', '-c', `${'eval '.repeat(30)}x`],
  ['sh', '-c', `${'watch '.repeat(30)}x`],
  ['watch', ...Array.from({ length: 18 }, () => 'watch')],
  ['apt-get', 'install', 'NMAP'],
  ['sh', '-c', 'n\\\nmap'],
  ['sh', '-c', 'for i in nm; do ${i}ap; done'],
  ['bash-5.1', '-c', 'nmap'],
  ['xargs', '-I', 'Z', 'nZ'],
  ['sh', '-c', '"$@"', 'x', 'nmap'],
  ['sh', '-c', 'A=nmap;$A'],
  ['sh', '-c', '$1map -sS host', 'x', 'n'],
  ['sh', '-c', `echo "it's"; "$2"map`, 'x', '', 'n'],
  ['sh', '-c', '$1"map"', 'x', 'n'],
  ['sh', '-c', 'echo $1map | $0', 'sh', 'n'],
  ['sh', '-c', 'echo bm1hcA== | base64.exe -d | bash.exe'],
  ...['$0', '$SHELL', '${BASH}'].map((shell) => {
    const again = `${shell} -c "$1" x "$1"`;
    return ['sh', '-c', again, 'x', again];
  }),
  ['bash', '-c', 'bash -c "$1" x "$1"', 'bash', '"$0" -c "$1" bash "$1"'],
  ['sed', '1e nmap -sS host', '/etc/hosts'],
  ['/bin/sed', '-n', 's/a/nmap/e'],
  // A text that is made first, and then run by what is no shell by its name.
  ...[
    ...[
      'sed e',
      'sed -ne e',
      'sed -nee',
      'sed "-1 ee"',
      "sed '1!e'",
      'sed -e p -e 1,2e',
      'sed --expression=e',
      '/bin/sed-4.8 e',
    ],
    ...['nice chroot /x', 'dd of=a; ./a', 'dd of=./a && ./a'],
  ].map((sink) => ['sh', '-c', `echo nXap | sed s/X/m/ | ${sink}`]),
];
const args: readonly (readonly string[])[] = [
  ['-c', 'nmap'],
  ['-ec', "n''map"],
  ['--', 'nmap'],
  ['A=b', 'nmap'],
  ['x;nmap'],
  ['-o', 'c', '-c', 'nmap'],
];
const environments: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['$X', { X: 'nmap' }],
  ['$X $Y', { X: 'sh -c', Y: "n''map" }],
  ['exec $X', { X: '$(Y)ap', Y: 'nm' }],
  ['echo "first ENV"', { ENV: '$(nmap)' }],
  ['echo "first BASH_ENV"', { A: 'b', BASH_ENV: '/etc/`nmap`' }],
];

/**
 * Images that the patterns of `imagePatterns` name, and that need not say all of what these do; and such as no runtime reads,
 * for their host.
 */
const images = [
  'KALILINUX/kali',
  'probe-a:1',
  'x.corp:5000/probe-b',
  'corp/p-robe',
  'corp/q-robe',
  'probe-c',
  'corp/x/y/probe-d:1',
  'my_registry.corp:5000/nicolaka/netshoot',
  'my_registry:5000/app',
];

/** Patterns of images in which a part stands for what is unsaid, or a bracket is no end of a set. */
export const imagePatterns = [
  'docker.io/*/probe-a',
  '**/x*/probe-b',
  'corp/p[!]a]robe',
  'corp/q[\\]-]robe',
  '**/docker.io/lib*/probe-c',
  'corp/**/probe-d',
];

/** Tools whose use is refused only together with host access; a hundred findings of them are refused all the same. */
const weak = networkTools
  .filter(({ class: name }) => ['relay', 'dns', 'terminal', 'bandwidth', 'namespace-entry'].includes(name))
  .flatMap(({ entries }) => entries.map(({ name }) => name));
const every = weak.join(' ; ');
const crowds: readonly (readonly string[])[] = [
  ['su', '-c', every, '-c', every, '-c', every, '-c', every],
  ['parallel', ':::', every, every, every, every],
  ['perl', ...Array.from({ length: 5 }, () => ['-e', weak.map((tool) => `"${tool}"`).join(',')]).flat()],
];

/** Short names with something right beside them, which need host access to be refused. */
const short: readonly Fields[] = [
  ...['/cnc', '/Knc -l', '/r"nc"'].map((option) => ({ command: ['cmd.exe', option] })),
  ...['nc_1.2_amd64.deb', 'frp_1.2_amd64.deb'].map((file) => ({ command: ['apt-get', 'install', file] })),
  ...['# x\\\nnc -l 80', 'echo a"$X"dig', 'echo; "$X"dig b'].map((script) => ({ command: ['sh', '-c', script] })),
  { command: ['cmd', '/c', 'x\\\nnc -l'] },
  { command: ['timeout', '5\\', 'nc', '-l'] },
  { command: ['sh', '-c', '"$@"', 'x\\', 'nc'] },
  ...['-1cnc', '-_ cnc', '-lcnc', '-snc'].map((option) => ({ command: ['su', option] })),
  {
    command: ['sh', '-c', 'exec $X'],
    env: [
      { name: 'IFS', value: 'x' },
      { name: 'X', value: 'ncxhost' },
    ],
  },
];

const podOf = (fields: Fields, spec: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {},
  spec: { ...spec, containers: [{ name: 'app', image: 'app:1', ...fields }] },
});

/** A pod for each. */
export const attackPods: readonly Fields[] = [
  ...images.map((image) => podOf({ image })),
  ...crowds.map((command) => podOf({ command })),
  ...short.map((fields) => podOf(fields, { volumes: [{ name: 'p', hostPath: { path: '/proc' } }] })),
  ...commands.map((command) => podOf({ command })),
  ...args.map((each) => podOf({ args: each })),
  ...environments.map(([script, values]) =>
    podOf({ command: ['sh', '-c', script], env: Object.entries(values).map(([name, value]) => ({ name, value })) }),
  ),
];
