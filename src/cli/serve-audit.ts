import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createBackOff } from '../cluster/back-off.ts';
import type { Policy } from '../policy/policy.ts';
import type { AuditState } from '../telemetry/audit-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { describeError } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AuditThreadData, FromAuditThread, ToAuditThread } from './audit-thread-messages.ts';
import type { CommandIo } from './io.ts';
import type { ServeOptions } from './serve-options.ts';

/** The watch-driven audit, in a thread of its own. */
export interface AuditThread {
  /** Whether the thread runs. */
  readonly isRunning: () => boolean;
  readonly policyChanged: () => void;
  /** Gives the Lease back and ends the thread. */
  readonly stop: () => Promise<void>;
}

export interface AuditThreadContext {
  readonly io: CommandIo;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly policy: () => Policy;
}

/** Most that the audit keeps in memory; past it the thread ends and starts anew, and nothing else does. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 };

/** For the thread to end by itself: it gives back its Lease. */
const stopGraceMs = 8_000;

/** Starts the audit beside whatever else this process does, and starts it again where it ends by itself. */
export function startAuditThread(options: ServeOptions, { io, log, metrics, policy }: AuditThreadContext): AuditThread {
  const backOff = createBackOff(Math.random);
  let worker: Worker | undefined;
  let state: AuditState | undefined;
  let failures = 0;
  let restart: NodeJS.Timeout | undefined;
  let isStopping = false;

  const hear = (message: FromAuditThread): void => {
    if (message.type === 'state') {
      state = message.state;
      if (state !== undefined) backOff.reset();
    } else log[message.level](message.fields, message.message);
  };
  const start = (): void => {
    const { kubeconfig, context, namespace, auditLease: lease, reportApi, auditAllowPartial, auditResyncMs } = options;
    const data: AuditThreadData = {
      policy: policy().written,
      env: io.env,
      kubeconfig,
      context,
      namespace,
      lease,
      reportApi,
      allowPartial: auditAllowPartial,
      resyncMs: auditResyncMs,
    };
    const url = new URL(`./audit-thread-main${extname(import.meta.url)}`, import.meta.url);
    const started = new Worker(url, { workerData: data, resourceLimits });
    worker = started;
    started.on('message', hear);
    started.on('error', (error) => log.error(describeError(error), 'the thread of the audit has failed'));
    started.on('exit', () => {
      worker = undefined;
      state = undefined;
      if (isStopping) return;
      failures += 1;
      restart = setTimeout(start, backOff.next()).unref();
    });
  };
  const send = (message: ToAuditThread): void => worker?.postMessage(message);

  metrics.watchAudit({ state: () => state, failures: () => failures });
  start();
  return {
    isRunning: () => worker !== undefined,
    policyChanged: () => send({ type: 'policy', policy: policy().written }),
    stop: async () => {
      isStopping = true;
      clearTimeout(restart);
      const ending = worker;
      if (ending === undefined) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      send({ type: 'stop' });
      const late = setTimeout(() => void ending.terminate(), stopGraceMs);
      await ended;
      clearTimeout(late);
    },
  };
}
