import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './median.ts';
import type { Reading } from './read-pods.ts';
import { startPagedPods, youngGeneration } from './servers.ts';
import type { Row } from './table.ts';

const run = promisify(execFile);

/** Reads all pods of the server at `port` in a process of its own. @throws where not every one was read, or judged right */
export async function readPods(
  by: 'scan' | 'typed list',
  port: number,
  pods: number,
  folder: string,
): Promise<Reading> {
  const script = join(import.meta.dirname, 'read-pods.ts');
  const server = `https://127.0.0.1:${port}/${pods}`;
  const args = [...youngGeneration, script, by, server, join(folder, 'certs', 'ca.crt')];
  const { stdout } = await run(process.execPath, args);
  const reading = JSON.parse(stdout) as Reading;
  // One owner in twenty is on the network of the host.
  const onHost = by === 'scan' ? pods / 20 : 0;
  if (reading.pods === pods && reading.onHostNetwork === onHost) return reading;
  throw new Error(
    `${by} read ${reading.pods} pods of ${pods}, ${reading.onHostNetwork} of ${onHost} on the host network`,
  );
}

const perSecond = ({ pods, ms }: Reading): number => (pods * 1_000) / ms;

/**
 * Pods a second of an audit against the Kubernetes client's own list, which judges nothing, and how its memory grows.
 * @param small - how many pods both read
 * @param larger - how many the audit reads beside
 */
export async function auditRows(folder: string, small: number, larger: readonly number[]): Promise<Row[]> {
  const server = await startPagedPods(folder);
  const read = (by: 'scan' | 'typed list', pods: number) => readPods(by, server.port, pods, folder);
  try {
    const rows = [await speedRow(read, small)];
    const few = await read('scan', small);
    for (const pods of larger) rows.push(memoryRow(few, await read('scan', pods)));
    return rows;
  } finally {
    await server.stop();
  }
}

async function speedRow(
  read: (by: 'scan' | 'typed list', pods: number) => Promise<Reading>,
  pods: number,
): Promise<Row> {
  const turns: { scan: number; typed: number }[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const typed = perSecond(await read('typed list', pods));
    turns.push({ typed, scan: perSecond(await read('scan', pods)) });
  }
  const ratio = median(turns.map(({ scan, typed }) => scan / typed));
  const { typed, scan } = turns.at(-1) ?? { typed: NaN, scan: NaN };
  return {
    what: `audit of ${pods} pods, against the typed list`,
    floor: `${typed.toFixed(0)} pods/s`,
    measured: `${scan.toFixed(0)} pods/s`,
    result: `${ratio.toFixed(2)} x`,
    bar: '>= 2.5 x',
    holds: ratio >= 2.5,
  };
}

function memoryRow(few: Reading, many: Reading): Row {
  const growth = many.peakMb / few.peakMb;
  return {
    what: `peak memory of an audit, ${few.pods} and ${many.pods} pods (${perSecond(many).toFixed(0)} pods/s)`,
    floor: `${few.peakMb.toFixed(0)} MB`,
    measured: `${many.peakMb.toFixed(0)} MB`,
    result: `grows ${growth.toFixed(2)} x`,
    bar: '<= 1.2 x',
    holds: growth <= 1.2,
  };
}
