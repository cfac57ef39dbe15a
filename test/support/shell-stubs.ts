/*
 * Real shells in a world of stubs: a folder whose only programs are tools that record their name, wrappers that run their
 * operand, and innocents. Nothing in it reaches the network.
 */
import { spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Where a tool records that it started, in the folder that it was started in. */
const recordName = '.started';

/** How long a line may take, and what its exit code is where it took longer. */
const lineSeconds = 60;
const killed = 137;

/** Tools that record that they started. */
export const stubTools = ['nmap', 'nc', 'dig', 'tcpdump', 'socat', 'telnet'] as const;

/** Programs that do nothing with their words. */
const innocents = ['app', 'curl', 'grep', 'rm', 'ls', 'which', 'sleep', 'systemctl'];

/** Wrappers that the machine may have: the real one runs. */
const real = [
  'env',
  'timeout',
  'nice',
  'nohup',
  'setsid',
  'stdbuf',
  'ionice',
  'taskset',
  'flock',
  'xargs',
  'find',
  'base64',
  'cat',
  'rev',
  'tr',
];

/** Wrappers by stub: the letters that take a value, and the words before the command. */
const stubWrappers: readonly (readonly [name: string, valued: string, operands: number])[] = [
  ['sudo', 'uUgpC', 0],
  ['doas', 'uC', 0],
  ['su-exec', '', 1],
  ['gosu', '', 1],
  ['tini', 'pe', 0],
  ['dumb-init', 'r', 0],
  ['catatonit', '', 0],
  ['s6-setuidgid', '', 1],
  ['chrt', 'TPD', 1],
];

/** A shell that is present: what it is called, and the file and first words that start it. */
export interface PresentShell {
  readonly name: string;
  readonly file: string;
}

const candidates: readonly { name: string; files: readonly string[] }[] = [
  { name: 'sh', files: ['/bin/sh', '/usr/bin/sh'] },
  { name: 'dash', files: ['/bin/dash', '/usr/bin/dash'] },
  { name: 'bash', files: ['/bin/bash', '/usr/bin/bash'] },
  { name: 'busybox ash', files: ['/bin/busybox', '/usr/bin/busybox'] },
];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The shells of this machine, and the names of those that it lacks. Two names of one program are one shell. */
export function findShells(): { present: PresentShell[]; absent: string[] } {
  const present: PresentShell[] = [];
  const absent: string[] = [];
  const seen = new Map<string, number>();
  for (const { name, files } of candidates) {
    const file = files.find(isExecutable);
    if (file === undefined) {
      absent.push(name);
      continue;
    }
    const index = seen.get(realpathSync(file));
    if (index === undefined) {
      seen.set(realpathSync(file), present.length);
      present.push({ name, file });
    } else present[index] = { name: `${present[index]?.name ?? ''} = ${name}`, file };
  }
  return { present, absent };
}

/** One line for a shell, and the words behind it. */
export interface ShellLine {
  readonly script: string;
  readonly words: readonly string[];
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Makes the folder of programs for one shell, with that shell as its `sh`. */
function makePrograms(folder: string, shell: PresentShell): void {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  for (const tool of stubTools) put(tool, `echo ${tool} >> ./${recordName}`);
  for (const name of innocents) put(name, 'exit 0');
  for (const name of real) {
    const file = [`/usr/bin/${name}`, `/bin/${name}`].find(isExecutable);
    if (file !== undefined) symlinkSync(file, join(folder, name));
  }
  for (const [name, valued, operands] of stubWrappers) {
    const cases = Array.from(valued, (letter) => `-${letter}`).join('|') || '-';
    put(
      name,
      [
        `while :; do case $1 in --) shift; break;; ${cases}) shift 2;; -*) shift;; *) break;; esac; done`,
        operands > 0 ? `shift ${operands}` : ':',
        name === 'sudo' ? 'while :; do case $1 in [A-Z]*=*) export "$1"; shift;; *) break;; esac; done' : ':',
        'exec "$@"',
      ].join('\n'),
    );
  }
  symlinkSync(shell.file, join(folder, 'sh'));
}

/**
 * Runs every line in the shell, each in an empty folder of its own with nothing but the stubs in its PATH; tells for each
 * which tools started. A tool records in the folder that it was started in, so one that is late is still its line's own.
 */
export async function runLines(shell: PresentShell, lines: readonly ShellLine[], root: string): Promise<string[][]> {
  const programs = join(root, 'programs');
  makePrograms(programs, shell);
  const driver = lines.map(({ script, words }, index) => {
    const folder = join(root, 'lines', String(index));
    mkdirSync(folder, { recursive: true });
    const line = ['timeout', '-s', 'KILL', String(lineSeconds), 'sh', '-c', script, ...words].map(quoted).join(' ');
    return `cd ${folder}; ${line} </dev/null >/dev/null 2>&1; [ $? != ${killed} ] || echo ${index} >&3`;
  });
  const file = join(root, 'driver');
  const stuck = join(root, 'stuck');
  // A line that spins is stopped by the limit of CPU time.
  writeFileSync(file, `ulimit -t 20\nPATH=${programs}\nexport PATH\nexec 3>${stuck}\n${driver.join('\n')}\n`);
  await finished('/bin/sh', file);
  const [first] = readFileSync(stuck, 'utf8').split('\n', 1);
  if (first !== undefined && first !== '')
    throw new Error(`${shell.name} waits for ever: ${JSON.stringify(lines[Number(first)]?.script)}`);
  return lines.map((_line, index) => startedIn(join(root, 'lines', String(index), recordName)));
}

function startedIn(record: string): string[] {
  if (!existsSync(record)) return [];
  return [...new Set(readFileSync(record, 'utf8').split('\n'))].filter((tool) => tool !== '');
}

function finished(program: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [file], { env: {}, stdio: 'ignore' });
    child.on('error', reject);
    child.on('close', () => {
      resolve();
    });
  });
}
