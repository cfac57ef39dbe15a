import { readFileSync } from 'node:fs';

/** What tells one process from a later one that got the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process (field 22 of /proc/PID/stat); undefined where there is no /proc. */
  readonly startTime: string | undefined;
  /** The command line that the process was started with, without the program's own name; empty where it may change. */
  readonly args: readonly string[];
}

/** The identity of a process that was just started with `args`. */
export function identify(pid: number, args: readonly string[]): ProcessIdentity {
  return { pid, startTime: processStat(pid)?.startTime, args };
}

/**
 * Whether the very process still runs. Where that cannot be told (no /proc) the answer is no: what is not known to be
 * ours is not ended.
 */
export function isRunning({ pid, startTime, args }: ProcessIdentity): boolean {
  const stat = processStat(pid);
  if (stat === undefined || stat.startTime !== startTime || stat.state === 'Z') return false;
  // `nsenter` becomes its command by exec: the same process, of which only the end of the command line stays.
  return args.length === 0 || commandLine(pid).slice(-args.length).join('\0') === args.join('\0');
}

/** Every process below `pid` in the tree of parents, children before grandchildren; none where there is no /proc. */
export function descendants(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const children = [...parents].flatMap(([child, parent]) => (parent === pid ? [child] : []));
  return children.flatMap((child) => [child, ...descendants(child, parents)]);
}

export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
}

/** What /proc says of a process; undefined where it is gone. */
export function processStat(pid: number): ProcessStat | undefined {
  const stat = readProc(pid, 'stat');
  // The second field is the name in parentheses; it may itself contain spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields ?? [];
  const startTime = fields?.[19];
  if (state === undefined || parent === undefined || startTime === undefined) return undefined;
  return { state, parent: Number(parent), startTime };
}

/** The arguments of a process, its program first; none where it is gone. */
export function commandLine(pid: number): string[] {
  return readProc(pid, 'cmdline')?.split('\0').slice(0, -1) ?? [];
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // Gone between two looks, or no /proc at all.
    return undefined;
  }
}
