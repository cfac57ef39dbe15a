import { outputs } from './command-output.ts';
import { environmentReader } from './environment.ts';
import { installers, readInstaller } from './installs.ts';
import { interpreters } from './interpreters.ts';
import { runners } from './runners.ts';
import { readShell } from './shell-program.ts';
import type { ProgramReader } from './run.ts';
import { readCmd, readPowerShell } from './windows-shells.ts';
import { type Wrapper, isLoader, loader, wrappers } from './wrappers.ts';
import { withoutVersion } from './program-names.ts';
import { entrances } from './namespace-entry.ts';

/** A program that the reader knows: one that runs the words behind it, or one that it asks what they do. */
export interface Program {
  readonly wrapper?: Wrapper;
  readonly read?: ProgramReader;
  /** True for a program that says itself whether it counts as a tool. */
  readonly tellsItself?: boolean;
}

const shells = ['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh', 'mksh', 'lksh', 'pdksh', 'rbash', 'yash', 'hush', 'fish'];

const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...[...outputs].map(([name, read]): [string, Program] => [name, { read }]),
  ...[...wrappers].map(([name, wrapper]): [string, Program] => [name, { wrapper }]),
  ...[...runners].map(([name, read]): [string, Program] => [name, { read }]),
  ...[...interpreters].map(([name, read]): [string, Program] => [name, { read }]),
  ...[...entrances].map(([name, read]): [string, Program] => [name, { read, tellsItself: true }]),
  ...[...installers.keys()].map((name): [string, Program] => [
    name,
    { read: (run, words, at, end) => readInstaller(run, words, at, end, name) },
  ]),
  ...shells.map((name): [string, Program] => [name, { read: readShell }]),
  ['env', { read: environmentReader }],
  ['cmd', { read: readCmd }],
  ['powershell', { read: readPowerShell }],
  ['pwsh', { read: readPowerShell }],
]);

/** Names of the programs through which another may run, beside dynamic loaders; a name may have a version behind it. */
export const launchers: readonly string[] = [
  ...wrappers.keys(),
  ...runners.keys(),
  ...entrances.keys(),
  ...installers.keys(),
  ...shells,
  'env',
  'cmd',
  'powershell',
  'pwsh',
];

/** Of these, the ones that read a text once more as commands, or on whose input or output that rests. */
export const readers: readonly string[] = [
  ...[...runners.keys()].filter((name) => name !== 'find' && name !== 'ip'),
  ...shells,
  'env',
  'cmd',
  'powershell',
  'pwsh',
];

/** Names of the interpreters whose inline programs are looked at. */
export const interpreterNames: readonly string[] = [...interpreters.keys()];

const loaderProgram: Program = { wrapper: loader };

/** What the reader knows of the program of this name. */
export function findProgram(name: string): Program | undefined {
  const program = programs.get(name);
  if (program !== undefined) return program;
  if (isLoader(name)) return loaderProgram;
  const last = name.charCodeAt(name.length - 1);
  // Only a name that ends in a digit may be a version of one that is known.
  if (last < 0x30 || last > 0x39) return undefined;
  return programs.get(withoutVersion(name));
}
