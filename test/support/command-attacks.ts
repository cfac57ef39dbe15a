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
];

const podOf = (fields: Fields): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {},
  spec: { containers: [{ name: 'app', image: 'app:1', ...fields }] },
});

/** A pod for each. */
export const attackPods: readonly Fields[] = [
  ...commands.map((command) => podOf({ command })),
  ...args.map((each) => podOf({ args: each })),
  ...environments.map(([script, values]) =>
    podOf({ command: ['sh', '-c', script], env: Object.entries(values).map(([name, value]) => ({ name, value })) }),
  ),
];
