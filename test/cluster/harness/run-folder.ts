import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';
import { identify } from './process-identity.ts';

/**
 * The folder of one cluster: everything that it writes, and the records by which it can be taken down, by the process
 * that started it or, after a crash of that, by the next start.
 */
export interface RunFolder {
  readonly path: string;
  /** A path below the folder; the folder that it stands in exists. */
  file(...names: string[]): string;
  /** Writes down a process as ours, before anything else is done with it. */
  recordProcess(identity: ProcessIdentity): void;
  /** Writes down a network namespace as ours, before it is made. */
  recordNamespace(name: string): void;
}

/** What a run folder says of its run. */
export interface RunRecords {
  readonly path: string;
  /** The process that started the run. */
  readonly owner: ProcessIdentity | undefined;
  readonly processes: readonly ProcessIdentity[];
  readonly namespaces: readonly string[];
}

/** Short, because the sockets below it must fit the 108 bytes of a Unix socket's path; per user, because /tmp is shared. */
export function runsFolder(): string {
  return join(tmpdir(), `seawall-clusters-${userInfo().uid}`);
}

/** Makes the folder of a new run, owned by this process. */
export function createRunFolder(): RunFolder {
  mkdirSync(runsFolder(), { recursive: true, mode: 0o700 });
  const path = mkdtempSync(join(runsFolder(), 'run-'));
  const file = (...names: string[]) => {
    const wanted = join(path, ...names);
    mkdirSync(join(wanted, '..'), { recursive: true });
    return wanted;
  };
  const record = (kind: string, name: string, content: unknown) =>
    writeFileSync(file('records', kind, name), JSON.stringify(content));
  // Test runners rename their workers, so this process is known by its id and start time alone.
  record('owner', 'owner', identify(process.pid, []));
  return {
    path,
    file,
    recordProcess: (identity) => record('processes', String(identity.pid), identity),
    recordNamespace: (name) => record('namespaces', name, name),
  };
}

/** Every run folder there is, of live and dead owners. */
export function readRuns(): RunRecords[] {
  return list(runsFolder())
    .filter((name) => name.startsWith('run-'))
    .map((name) => readRun(join(runsFolder(), name)));
}

/** The records of one run. */
export function readRun(path: string): RunRecords {
  const records = (kind: string) =>
    list(join(path, 'records', kind)).map((name): unknown => read(join(path, 'records', kind, name)));
  const [owner] = records('owner') as ProcessIdentity[];
  return {
    path,
    owner,
    processes: records('processes') as ProcessIdentity[],
    namespaces: records('namespaces') as string[],
  };
}

export function removeRunFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // No run yet, or none of this kind; or the folder goes away while another process takes it down.
    return [];
  }
}
