import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { exclusively } from './exclusive.ts';
import { removeNodeTraces } from './node-traces.ts';
import { commandLine, descendants, isRunning, processStat } from './process-identity.ts';
import type { RunRecords } from './run-folder.ts';
import { readRun, readRuns, removeRunFolder, runsFolder } from './run-folder.ts';
import { waitUntil } from './wait-until.ts';

/**
 * Takes down what runs left whose owner is gone: their recorded processes where they are still the same ones, the
 * containers below, their mounts, namespaces and folders. Nothing else is touched, whatever it is called.
 */
export async function sweepDeadRuns(): Promise<void> {
  if (!readRuns().some(isDead)) return;
  await exclusively(join(runsFolder(), 'sweep.lock'), async () => {
    for (const run of readRuns().filter(isDead)) await takeDown(run.path);
  });
}

/** Ends and removes whatever is left of one run. */
export async function takeDown(path: string): Promise<void> {
  const run = readRun(path);
  const left = [...run.processes.filter(isRunning).map(({ pid }) => pid), ...containerProcesses(path)];
  for (const pid of left) kill(pid);
  await waitUntil(
    `the end of the processes of ${path}`,
    () => (left.every((pid) => (processStat(pid)?.state ?? 'Z') === 'Z') ? true : undefined),
    { timeoutMs: 10_000 },
  );
  const mounts = mountsBelow(path);
  if (mounts.length > 0) await runCommand('umount', ['--lazy', ...mounts]);
  for (const name of run.namespaces) await runCommand('ip', ['netns', 'delete', name]);
  removeNodeTraces(path);
  removeRunFolder(path);
}

function isDead({ owner }: RunRecords): boolean {
  // Without a record of the owner the folder is either being made or being removed this very moment.
  return owner !== undefined && !isRunning(owner);
}

/**
 * The container shims of a run and all below them. containerd starts them detached, so they are in no record of ours;
 * but each has the path of its containerd's socket on its command line, and that lies in the run folder.
 */
function containerProcesses(path: string): number[] {
  const pids = processIds();
  const shims = pids.filter((pid) => {
    const [program = '', ...args] = commandLine(pid);
    return program.endsWith('containerd-shim-runc-v2') && args.some((arg) => arg.startsWith(`${path}/`));
  });
  const parents = new Map(pids.map((pid) => [pid, processStat(pid)?.parent ?? 0]));
  return shims.flatMap((shim) => [shim, ...descendants(shim, parents)]);
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    // No /proc: no Linux, so no containers either.
    return [];
  }
}

function mountsBelow(path: string): string[] {
  let mounts: string;
  try {
    mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return [];
  }
  // The fifth field is the mount point; later mounts may lie on earlier ones, so they go first.
  return mounts
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${path}/`))
    .reverse();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}
