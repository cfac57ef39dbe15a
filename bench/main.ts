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
import { startBare, startSeawall } from './servers.ts';
import type { Row } from './table.ts';
import { tableText } from './table.ts';

const bodies = mixedBodies();
const rounds = 24;

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

/** Measures servers in turn and gives, for each, its median and the median of its ratio to the first in the same round. */
async function inTurn(
  servers: readonly MeasuredServer[],
  measure: (server: MeasuredServer) => Promise<number>,
): Promise<{ readonly value: number; readonly ratio: number }[]> {
  const values: number[][] = servers.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, server] of servers.entries()) values[index]?.push(await measure(server));
  }
  return values.map((own) => ({
    value: median(own),
    ratio: median(own.map((value, round) => value / (values[0]?.[round] ?? NaN))),
  }));
}

async function serverRows(folder: string): Promise<Row[]> {
  const servers = await Promise.all([startBare(folder, 'bare'), startBare(folder, 'control'), startSeawall(folder)]);
  for (const { port } of servers) await send({ port, connections: 25, requests: 6_000, bodies });
  const rows: Row[] = [];
  const compare = async (what: string, bar: number, measure: (server: MeasuredServer) => Promise<number>) => {
    const [bare, control, seawall] = await inTurn(servers, measure);
    if (bare === undefined || control === undefined || seawall === undefined) return;
    const floor = `${bare.value.toFixed(0)} us`;
    rows.push({
      what,
      floor,
      measured: `${seawall.value.toFixed(0)} us`,
      result: `${seawall.ratio.toFixed(2)} x`,
      bar: `<= ${bar.toFixed(1)} x`,
      holds: seawall.ratio <= bar,
    });
    rows.push({
      what: '  control: bare against bare',
      floor,
      measured: `${control.value.toFixed(0)} us`,
      result: `${control.ratio.toFixed(2)} x`,
      bar: '',
      holds: undefined,
    });
  };
  await compare('CPU per admission, 25 connections', 1.2, cpuMicroseconds);
  await compare('p50 of one connection', 1.3, p50Microseconds);
  await Promise.all(servers.map(({ stop }) => stop()));
  return rows;
}

async function memoryRow(folder: string): Promise<Row> {
  const server = await startSeawall(folder);
  await send({ port: server.port, connections: 100, requests: 20_000, bodies });
  const peak = server.peakMemoryMb();
  await server.stop();
  return bounded('peak memory, 100 connections', peak, 120, 'MB');
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
    `Node ${process.version}; ${rounds} rounds; bodies of ${(Math.min(...sizes) / 1000).toFixed(0)} to ${(Math.max(...sizes) / 1000).toFixed(0)} KB\n\n`,
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
