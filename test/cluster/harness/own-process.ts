import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { tail } from './command.ts';
import { identify } from './process-identity.ts';
import type { RunFolder } from './run-folder.ts';

/** A long-running program of a cluster. */
export interface OwnProcess {
  readonly name: string;
  readonly pid: number;
  /** What it wrote to both its outputs. */
  readonly logFile: string;
  /** Its exit, once it ended: `exit 1`, `SIGKILL`; undefined while it runs. */
  readonly ended: string | undefined;
  signal(signal: NodeJS.Signals): void;
  /** Ends it with SIGTERM, and with SIGKILL after the grace. */
  stop(graceMs?: number): Promise<void>;
}

export interface StartOptions {
  /** What stands before the command, to run it in a network namespace. */
  readonly enter?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a program, writes it down in the run folder, and sends its output to a log there. It gets a session of its own:
 * Ctrl-C in the terminal reaches the harness alone, which then ends things in their order.
 * @throws where it cannot be started
 */
export function startProcess(
  run: RunFolder,
  name: string,
  command: string,
  args: readonly string[],
  { enter = [], env }: StartOptions = {},
): OwnProcess {
  const logFile = run.file('logs', `${name}.log`);
  const log = openSync(logFile, 'a');
  const [program, ...rest] = [...enter, command, ...args];
  const child = spawn(program ?? command, rest, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
    detached: true,
  });
  closeSync(log);
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      ended = error.message;
      resolve();
    });
    child.on('exit', (code, signal) => {
      ended = signal ?? `exit ${String(code)}`;
      resolve();
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name}: cannot start ${[program, ...rest].join(' ')}`);
  run.recordProcess(identify(pid, args));
  const signal = (wanted: NodeJS.Signals) => {
    if (ended === undefined) child.kill(wanted);
  };
  return {
    name,
    pid,
    logFile,
    get ended() {
      return ended;
    },
    signal,
    async stop(graceMs = 10_000) {
      // A stopped process (SIGSTOP) would keep every other signal waiting.
      signal('SIGCONT');
      signal('SIGTERM');
      const abort = new AbortController();
      const late = delay(graceMs, undefined, { signal: abort.signal }).catch(() => undefined);
      await Promise.race([exited, late]);
      signal('SIGKILL');
      await exited;
      abort.abort();
    },
  };
}

/** What a program wrote last, for an error message. */
export function lastWords({ name, logFile, ended }: Pick<OwnProcess, 'name' | 'logFile' | 'ended'>): string {
  const log = existsSync(logFile) ? tail(readFileSync(logFile, 'utf8')) : '';
  return `${name} ${ended === undefined ? 'is running' : `ended (${ended})`}; its last lines:\n${log}`;
}
