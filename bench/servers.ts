import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** A server in a process of its own. */
export interface MeasuredServer {
  readonly name: string;
  readonly port: number;
  /** Milliseconds from the start of the process to its ready line. */
  readonly startMs: number;
  /** Milliseconds that all its threads have been on a processor. */
  readonly cpuMs: () => number;
  /** Most memory that it ever had resident, in MB (10^6 bytes). */
  readonly peakMemoryMb: () => number;
  readonly stop: () => Promise<void>;
}

/** As the image and `npm start` run it: without a bound V8 makes the young generation larger the longer it works. */
export const youngGeneration = ['--max-semi-space-size=16'];

/** The compiled command as the image and `npm start` run it, with a folder of certificates that are there already. */
export function startSeawall(folder: string): Promise<MeasuredServer> {
  const command = join(root, 'dist', 'cli', 'main.js');
  return start(
    'seawall',
    [...youngGeneration, command, 'serve', '--development', '--port', '0', '--health-port', '0'],
    folder,
  );
}

export function startBare(folder: string, name: string, flags: readonly string[] = []): Promise<MeasuredServer> {
  const files = [join(folder, 'certs', 'tls.crt'), join(folder, 'certs', 'tls.key')];
  return start(name, [...flags, join(import.meta.dirname, 'bare-server.ts'), ...files], folder);
}

/** An API server of nothing but pods. */
export function startPagedPods(folder: string): Promise<MeasuredServer> {
  const files = [join(folder, 'certs', 'tls.crt'), join(folder, 'certs', 'tls.key')];
  return start('paged pods', [join(import.meta.dirname, 'paged-pods.ts'), ...files], folder);
}

function start(name: string, args: readonly string[], cwd: string): Promise<MeasuredServer> {
  const startedMs = performance.now();
  // Log lines are written, and read by nobody.
  const child = spawn(process.execPath, [...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const pid = child.pid ?? 0;
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code ?? 'a signal'}: ${text}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const port = /ready on https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port === undefined) return;
      resolve({
        name,
        port: Number(port),
        startMs: performance.now() - startedMs,
        cpuMs: () => cpuMs(pid),
        peakMemoryMb: () => peakMemoryMb(pid),
        stop: () => {
          child.kill('SIGTERM');
          return ended;
        },
      });
    });
  });
}

/**
 * Milliseconds that all threads of a process have been on a processor, from /proc/<pid>/task/<thread>/schedstat, in
 * nanoseconds; /proc/<pid>/stat counts in ticks of 10 ms.
 */
export function cpuMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

function peakMemoryMb(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}
