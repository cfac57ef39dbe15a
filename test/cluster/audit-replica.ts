import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Fields } from '../support/pods.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

/** A replica of `seawall serve --audit-only` in a process of its own. */
export class AuditReplica {
  readonly #child: ChildProcess;
  #text = '';

  constructor(kubeconfig: string, flags: readonly string[]) {
    const connection = ['--kubeconfig', kubeconfig, '--namespace', 'seawall'];
    const own = ['serve', '--audit-only', '--host', '127.0.0.1', '--health-port', '0', ...connection, ...flags];
    this.#child = spawn(process.execPath, [main, ...own], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
    }
  }

  get lines(): readonly Fields[] {
    return this.#text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Fields);
  }

  hasSaid(message: string): boolean {
    return this.lines.some(({ msg }) => msg === message);
  }

  async get(path: string): Promise<string> {
    const port = this.lines.find(({ msg }) => msg === 'ready')?.['health_port'];
    const response = await fetch(`http://127.0.0.1:${String(port)}${path}`);
    return response.text();
  }

  /** The value of a series as it stands in the metrics; undefined where there is none. */
  async metric(series: string): Promise<number | undefined> {
    const line = (await this.get('/metrics')).split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** @returns its exit code */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.kill('SIGTERM');
    const [code] = await ended;
    return code;
  }
}
