/*
 * `npm run bench`: Seawall's speed against a floor that is measured in the same run, and each bar of docs/performance.md.
 * Servers run in processes of their own and are measured in turn, A B A B, so that what else the machine does falls on
 * both; a second bare server against the first one tells how much of a ratio is chance. Exits with 1 where a bar is missed.
 * `npm run bench -- cel` measures the forms of docs/availability.md on a real API server instead, and `-- audit` an audit
 * of up to a million pods.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentCertificates } from '../src/certificates/development.ts';
import { auditRows } from './audit.ts';
import { mixedBodies } from './bodies.ts';
import { celRows } from './cel.ts';
import { decisionMicroseconds, defaultPolicy, hostileGrowth, policyWithPatterns } from './decisions.ts';
import { send } from './load.ts';
import { median } from './median.ts';
import type { MeasuredServer } from './servers.ts';
import { startBare, startSeawall, youngGeneration } from './servers.ts';
import type { Row } from './table.ts';
import { tableText } from './table.ts';

const bodies = mixedBodies();
const starts = 3;
const rounds = 12;

async function cpuMicroseconds(server: MeasuredServer): Promise<number> {
  const requests = 1_000;
  let before = 0;
  const onOpen = (): void => {
    before = server.cpuMs();
  };
  await send({ port: server.port, connections: 25, requests, bodies, onOpen });
  return ((server.cpuMs() - before) * 1000) / requests;
}

async function p50Microseconds(server: MeasuredServer): Promise<number> {
  return median(await send({ port: server.port, connections: 1, requests: 400, bodies })) * 1000;
}

/** What each of three servers took in each round: the bare one, another that is the control, and Seawall. */
type Rounds = readonly (readonly [bare: number, control: number, seawall: number])[];

async function inTurn(
  [bare, control, seawall]: readonly [MeasuredServer, MeasuredServer, MeasuredServer],
  measure: (server: MeasuredServer) => Promise<number>,
): Promise<Rounds> {
  const taken: [number, number, number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    taken.push([await measure(bare), await measure(control), await measure(seawall)]);
  }
  return taken;
}

/** Two rows: the median, and the median of the ratios of each round, of Seawall and of the control to the bare server. */
function compared(what: string, bar: number, taken: Rounds): Row[] {
  const us = (of: 0 | 1 | 2): string => `${median(taken.map((round) => round[of])).toFixed(0)} us`;
  const ratio = (of: 1 | 2): number => median(taken.map((round) => round[of] / round[0]));
  const result = (of: 1 | 2): string => `${ratio(of).toFixed(2)} x`;
  return [
    { what, floor: us(0), measured: us(2), result: result(2), bar: `<= ${bar.toFixed(1)} x`, holds: ratio(2) <= bar },
    {
      what: '  control: bare against bare',
      floor: us(0),
      measured: us(1),
      result: result(1),
      bar: '',
      holds: undefined,
    },
  ];
}

/** By processes of several starts: one differs from the next by a twentieth, by where its memory happens to lie. */
async function serverRows(folder: string): Promise<Row[]> {
  const cpu: Rounds[] = [];
  const p50: Rounds[] = [];
  for (let start = 0; start < starts; start += 1) {
    const servers = await Promise.all([startBare(folder, 'bare'), startBare(folder, 'control'), startSeawall(folder)]);
    // Until V8 has compiled what it will.
    for (const { port } of servers) await send({ port, connections: 25, requests: 20_000, bodies });
    cpu.push(await inTurn(servers, cpuMicroseconds));
    p50.push(await inTurn(servers, p50Microseconds));
    await Promise.all(servers.map(({ stop }) => stop()));
  }
  return [
    ...compared('CPU per admission, 25 connections', 1.2, cpu.flat()),
    ...compared('p50 of one connection', 1.3, p50.flat()),
  ];
}

/** The bare server by the side, as Node runs it and with the bound on the young generation that Seawall is run with. */
async function memoryRow(folder: string): Promise<Row> {
  const peakOf = async (server: MeasuredServer): Promise<number> => {
    await send({ port: server.port, connections: 100, requests: 20_000, bodies });
    const peak = server.peakMemoryMb();
    await server.stop();
    return peak;
  };
  const floor = await peakOf(await startBare(folder, 'bare'));
  const bounded16 = await peakOf(await startBare(folder, 'bare', youngGeneration));
  const row = bounded('peak memory, 100 connections', await peakOf(await startSeawall(folder)), 120, 'MB');
  return { ...row, floor: `${floor.toFixed(0)} (${bounded16.toFixed(0)}) MB` };
}

async function startRow(folder: string): Promise<Row> {
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const server = await startSeawall(folder);
    times.push(server.startMs);
    await server.stop();
  }
  return bounded('start to ready', median(times), 1000, 'ms');
}

function decisionRows(): Row[] {
  return [
    bounded('decision, 1-8 containers, default policy', decisionMicroseconds(defaultPolicy()), 3, 'us'),
    bounded('decision with 5,000 extra image patterns', decisionMicroseconds(policyWithPatterns(5_000)), 10, 'us'),
    ...hostileGrowth().map(({ what, nanosecondsPerByte }) => {
      const smallest = nanosecondsPerByte[0] ?? NaN;
      const largest = nanosecondsPerByte.at(-1) ?? NaN;
      const sizes = nanosecondsPerByte.map((value) => value.toFixed(0)).join(' / ');
      return {
        what: `${what}, at 1/4, 1/2, 1`,
        floor: '',
        measured: `${sizes} ns/byte`,
        // Growth beyond what the smallest size pays per byte, with room for a cache that no longer fits.
        result: `grows ${(largest / smallest).toFixed(2)} x`,
        bar: '<= 100 ns/byte, linear',
        holds: largest <= 100 && (largest <= 5 || largest / smallest <= 1.6),
      };
    }),
  ];
}

function bounded(what: string, value: number, bar: number, unit: string): Row {
  const measured = `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
  return { what, floor: '', measured, result: measured, bar: `<= ${bar} ${unit}`, holds: value <= bar };
}

async function allRows(folder: string): Promise<Row[]> {
  const sizes = bodies.map(({ length }) => length);
  process.stdout.write(
    `Node ${process.version}; ${starts} starts of ${rounds} rounds; bodies of ${(Math.min(...sizes) / 1000).toFixed(0)} to ${(Math.max(...sizes) / 1000).toFixed(0)} KB\n\n`,
  );
  return [
    ...(await serverRows(folder)),
    ...decisionRows(),
    await memoryRow(folder),
    await startRow(folder),
    ...(await auditRows(folder, 10_000, [100_000])),
  ];
}

function rowsOf(part: string | undefined, folder: string): Promise<Row[]> {
  if (part === 'cel') return celRows(folder);
  if (part === 'audit') return auditRows(folder, 10_000, [100_000, 1_000_000]);
  return allRows(folder);
}

const folder = mkdtempSync(join(tmpdir(), 'seawall-bench-'));
try {
  await developmentCertificates(join(folder, 'certs'), Date.now());
  const rows = await rowsOf(process.argv[2], folder);
  process.stdout.write(tableText(rows));
  if (rows.some(({ holds }) => holds === false)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
