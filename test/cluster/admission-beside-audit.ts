import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mixedBodies } from '../../bench/bodies.ts';
import { send } from '../../bench/load.ts';
import { waitUntil } from './harness/wait-until.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

/** Milliseconds of reviews: the middle one, and the one that only a hundredth took longer than. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly answered: number;
}

/**
 * What reviews take at a webhook, alone or beside an audit that reads the whole cluster again and again.
 * @param kubeconfig - of the cluster that is audited; undefined for no audit
 */
export async function admissionLatency(kubeconfig: string | undefined, requests: number): Promise<Latency> {
  const cwd = mkdtempSync(join(tmpdir(), 'seawall-beside-'));
  const audit =
    kubeconfig === undefined
      ? []
      : [
          '--audit',
          '--audit-resync',
          '1s',
          '--report-api',
          'none',
          '--kubeconfig',
          kubeconfig,
          '--namespace',
          'default',
        ];
  const flags = ['serve', '--development', '--port', '0', '--health-port', '0', ...audit];
  const child = spawn(process.execPath, ['--max-semi-space-size=16', main, ...flags], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const find = (pattern: RegExp) => waitUntil(String(pattern), () => pattern.exec(text)?.[1], { timeoutMs: 60_000 });
  try {
    const port = Number(await find(/ready on https:\/\/127\.0\.0\.1:(\d+)/));
    const health = await find(/metrics on (http:\S+)/);
    if (kubeconfig !== undefined) {
      await waitUntil(
        'the first scan',
        async () => {
          const metrics = await (await fetch(`${health}/metrics`)).text();
          return /^seawall_audit_pods [1-9]/m.test(metrics) ? true : undefined;
        },
        { timeoutMs: 240_000 },
      );
    }
    await send({ port, connections: 4, requests: 500, bodies: mixedBodies() });
    const times = await send({ port, connections: 4, requests, bodies: mixedBodies() });
    const sorted = times.toSorted((one, other) => one - other);
    const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? NaN;
    return { p50: at(0.5), p99: at(0.99), answered: times.length };
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    rmSync(cwd, { recursive: true });
  }
}
