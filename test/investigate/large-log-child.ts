/* Run by large-log.test.ts in a process of its own: reads an audit log of so many megabytes that it makes as it goes. */
import { readAuditLogs } from '../../src/investigate/audit-log.ts';

const bytes = Number(process.argv[2]) * 1024 * 1024;
let events = 0;

function line(): string {
  const name = events % 1_000 === 0 ? 'wanted' : `pod-${events}`;
  events += 1;
  return `${JSON.stringify({
    kind: 'Event',
    auditID: `id-${events}`,
    stage: 'ResponseComplete',
    verb: 'update',
    user: { username: 'system:serviceaccount:ci:deployer', groups: ['system:authenticated'] },
    objectRef: { resource: 'pods', namespace: 'shop', name, apiVersion: 'v1' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '2026-11-24T10:00:00.000000Z',
    requestObject: { metadata: { name, annotations: { note: 'x'.repeat(1_500) } } },
  })}\n`;
}

/** Megabytes that something still refers to, on the heap and beside it, at most: what is only not freed yet does not count. */
let keptMegabytes = 0;

function measure(): void {
  global.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  keptMegabytes = Math.max(keptMegabytes, (heapUsed + external) / 1024 / 1024);
}

async function* log(): AsyncGenerator<Buffer> {
  for (let made = 0, pieces = 0; made < bytes; pieces += 1) {
    const piece = Buffer.from(Array.from({ length: 100 }, line).join(''));
    made += piece.length;
    if (pieces % 100 === 0) {
      measure();
    }
    yield await new Promise((resolve) => setImmediate(resolve, piece));
  }
  measure();
}

const found = await readAuditLogs(['-'], log, ({ name }) => name === 'wanted');
process.stdout.write(
  JSON.stringify({
    isWhole: found.events === events && found.malformed === 0,
    entries: found.entries.length === Math.ceil(events / 1_000),
    keptMegabytes,
  }),
);
