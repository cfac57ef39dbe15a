/*
 * `node bench/audit-log.ts [MEGABYTES]`: writes an audit log of that size (1,024) in the shape of the API server's own, reads
 * it in a process of its own as `seawall investigate --audit-log` does, and prints time and peak memory. Exits with 1 above
 * the bar of docs/performance.md.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAuditLogs } from '../src/investigate/audit-log.ts';

const barMegabytes = 300;
const [mode = '1024', file = ''] = process.argv.slice(2);

if (mode === '--read') {
  const found = await readAuditLogs(
    [file],
    () => createReadStream(file),
    ({ name }) => name === 'wanted',
  );
  const { events, malformed, entries } = found;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ events, malformed, entries: entries.length, megabytes })}\n`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'seawall-audit-log-'));
  try {
    const log = join(folder, 'audit.log');
    const lines = await write(log, Number(mode) * 1024 * 1024);
    const started = performance.now();
    const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, '--read', log], { encoding: 'utf8' });
    const seconds = (performance.now() - started) / 1000;
    const read = JSON.parse(stdout || '{}') as {
      events?: number;
      malformed?: number;
      entries?: number;
      megabytes?: number;
    };
    process.stdout.write(
      `${mode} MB, ${lines} events: ${seconds.toFixed(1)} s, ${(read.megabytes ?? NaN).toFixed(0)} MB at the most; ${JSON.stringify(read)}${stderr}\n`,
    );
    const isWhole = read.events === lines && read.malformed === Math.floor(lines / 100_000) + 1;
    process.exitCode = isWhole && (read.megabytes ?? Infinity) < barMegabytes ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Events of about 2 KB, one in a thousand about what is looked for, and after each 100,000 a line that was cut off. */
async function write(log: string, bytes: number): Promise<number> {
  const out = await open(log, 'w');
  let written = 0;
  let lines = 0;
  while (written < bytes) {
    let text = '';
    for (let count = 0; count < 1_000; count += 1) {
      if (lines % 100_000 === 0) text += '{"kind":"Event","auditID":"cut\n';
      text += `${JSON.stringify(event(lines))}\n`;
      lines += 1;
    }
    await out.write(text);
    written += Buffer.byteLength(text);
  }
  await out.close();
  return lines;
}

function event(number: number): object {
  const name = number % 1_000 === 0 ? 'wanted' : `pod-${number}`;
  const time = new Date(Date.UTC(2026, 10, 24) + number * 10).toISOString();
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Request',
    auditID: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/shop/pods/${name}`,
    verb: 'update',
    user: {
      username: 'system:serviceaccount:ci:deployer',
      uid: 'x',
      groups: ['system:serviceaccounts', 'system:authenticated'],
    },
    sourceIPs: ['10.0.0.7'],
    userAgent: 'kubectl/v1.37.2 (linux/amd64) kubernetes/0000000',
    objectRef: { resource: 'pods', namespace: 'shop', name, apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestObject: {
      metadata: { name, labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', env: 'x'.repeat(1_200) }] },
    },
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'RBAC: allowed' },
  };
}
