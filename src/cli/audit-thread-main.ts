/*
 * The thread of the watch-driven audit. It shares nothing with the thread that answers reviews but the processor, and that
 * only when nobody else wants it: its heap, its pauses and its event loop are its own.
 */
import { randomBytes } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { liveAudit } from '../audit/live-audit.ts';
import { createApiClient } from '../cluster/api-client.ts';
import { findCredentials } from '../cluster/connect.ts';
import { startLeaderElection } from '../cluster/lease.ts';
import { parsePolicy } from '../policy/policy.ts';
import type { Log, LogLevel } from '../telemetry/log.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { AuditThreadData, FromAuditThread, ToAuditThread } from './audit-thread-messages.ts';

// On Linux a priority is one of a thread; 0 is the one that asks.
setPriority(0, constants.priority.PRIORITY_LOW);

const port = parentPort;
if (port === null) throw new Error('the audit runs in a thread that serve starts');
const tell = (message: FromAuditThread): void => port.postMessage(message);

const line =
  (level: LogLevel): Log['info'] =>
  (fields, message) =>
    tell({ type: 'log', level, fields, message });
const log: Log = {
  debug: line('debug'),
  info: line('info'),
  warn: line('warn'),
  error: line('error'),
  later: (fields, message) => line('info')(fields(), message),
  flush: () => Promise.resolve(),
};

// Written by serve-audit.ts alone, in this very form.
const data = workerData as AuditThreadData;
const { kubeconfig, context, env, lease, reportApi, allowPartial, resyncMs } = data;
let policy = parsePolicy(data.policy);
const found = await findCredentials({ kubeconfig, context, env });
const client = createApiClient(found.credentials);
const audit = liveAudit({
  client,
  policy: () => policy,
  reportApi,
  allowPartial,
  resyncMs,
  log,
  onState: (state) => tell({ type: 'state', state }),
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
});
const election = startLeaderElection({
  client,
  namespace: data.namespace ?? (await found.namespace()),
  name: lease,
  identity: `${env['HOSTNAME'] ?? 'seawall'}_${randomBytes(4).toString('hex')}`,
  onStartedLeading: async (signal) => {
    log.info({ lease }, 'leads the audit');
    try {
      await audit.lead(signal);
    } finally {
      tell({ type: 'state', state: undefined });
      log.info({ lease }, 'no longer leads the audit');
    }
  },
  onError: (error) => log.warn({ lease, problem: plainLine(reasonOf(error)) }, 'the Lease of the audit'),
});
port.on('message', (message: ToAuditThread) => {
  if (message.type === 'policy') {
    policy = parsePolicy(message.policy);
    audit.policyChanged();
    return;
  }
  void election.stop().then(() => {
    client.close();
    port.close();
  });
});
