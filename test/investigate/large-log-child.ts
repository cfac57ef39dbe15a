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

/** Written over and over: what the log is made of is no part of what is measured, and a busy machine frees it late. */
const buffers = Array.from({ length: 4 }, () => Buffer.alloc(1024 * 1024));

async function* log(): AsyncGenerator<Buffer> {
  for (let made = 0, turn = 0; made < bytes; turn += 1) {
    const buffer = buffers[turn % buffers.length] ?? Buffer.alloc(0);
    const length = buffer.write(Array.from({ length: 100 }, line).join(''));
    made += length;
    yield await new Promise((resolve) => setImmediate(resolve, buffer.subarray(0, length)));
  }
}

const found = await readAuditLogs(['-'], log, ({ name }) => name === 'wanted');
process.stdout.write(
  JSON.stringify({
    isWhole: found.events === events && found.malformed === 0,
    entries: found.entries.length === Math.ceil(events / 1_000),
    megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
