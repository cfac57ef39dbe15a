import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Reading } from './read-pods.ts';
import { startPagedPods } from './servers.ts';
import type { Row } from './table.ts';

const run = promisify(execFile);

async function read(by: 'scan' | 'typed list', port: number, pods: number, folder: string): Promise<Reading> {
  const script = join(import.meta.dirname, 'read-pods.ts');
  const server = `https://127.0.0.1:${port}/${pods}`;
  // As the image runs it: without a bound V8 makes the young generation larger the longer it works.
  const flags = ['--max-semi-space-size=16'];
  const { stdout } = await run(process.execPath, [...flags, script, by, server, join(folder, 'certs', 'ca.crt')]);
  const reading = JSON.parse(stdout) as Reading;
  if (reading.pods !== pods) throw new Error(`${by} read ${reading.pods} pods of ${pods}`);
  return reading;
}

const perSecond = ({ pods, ms }: Reading): number => (pods * 1_000) / ms;

/**
 * Pods a second of an audit against the Kubernetes client's own list, which judges nothing, and how its memory grows.
 * @param pods - the largest number; a tenth of it is the smallest
 */
export async function auditRows(folder: string, pods: number): Promise<Row[]> {
  const server = await startPagedPods(folder);
  const small = pods / 10;
  const ratios: number[] = [];
  const rates: { scan: number; typed: number }[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const typed = perSecond(await read('typed list', server.port, small, folder));
    const scan = perSecond(await read('scan', server.port, small, folder));
    rates.push({ scan, typed });
    ratios.push(scan / typed);
  }
  const few = await read('scan', server.port, small, folder);
  const many = await read('scan', server.port, pods, folder);
  await server.stop();
  const [ratio = NaN] = ratios.toSorted((one, other) => one - other).slice(1);
  const last = rates.at(-1);
  const growth = many.peakMb / few.peakMb;
  return [
    {
      what: `audit of ${small} pods, against the typed list`,
      floor: `${(last?.typed ?? NaN).toFixed(0)} pods/s`,
      measured: `${(last?.scan ?? NaN).toFixed(0)} pods/s`,
      result: `${ratio.toFixed(2)} x`,
      bar: '>= 2.5 x',
      holds: ratio >= 2.5,
    },
    {
      what: `peak memory of an audit, ${small} and ${pods} pods`,
      floor: `${few.peakMb.toFixed(0)} MB`,
      measured: `${many.peakMb.toFixed(0)} MB`,
      result: `grows ${growth.toFixed(2)} x`,
      bar: '<= 1.2 x',
      holds: growth <= 1.2,
    },
  ];
}
