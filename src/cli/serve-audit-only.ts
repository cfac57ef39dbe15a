import { healthApp } from '../admission/health.ts';
import { createHealthServer, listen } from '../admission/server.ts';
import type { Webhook } from '../admission/webhook.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AuditThread } from './serve-audit.ts';
import type { ServeOptions } from './serve-options.ts';
import { UsageError } from './usage-error.ts';

export interface AuditOnlyContext {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Starts to follow the cluster. */
  readonly follow: () => AuditThread;
}

/** @throws {UsageError} where a webhook was asked for beside --audit-only */
export function refuseWebhookFlags(options: ServeOptions): void {
  const { certFile, keyFile, selfManaged, development, execTargets, writeConditions } = options;
  const isAsked = selfManaged || development || execTargets || writeConditions;
  if (certFile === undefined && keyFile === undefined && !isAsked) return;
  throw new UsageError(
    '--audit-only serves no webhook: it goes with no certificate and not with --exec-targets or --write-conditions',
  );
}

/**
 * Follows the cluster and serves probes and metrics, and no webhook.
 * @returns what takes it out of service; nobody waits for it, and so nothing is drained
 */
export async function serveAuditOnly(
  { healthPort, host }: ServeOptions,
  { log, metrics, follow }: AuditOnlyContext,
): Promise<Webhook['stop']> {
  const audit = follow();
  const readiness = () => {
    const ready = audit.isRunning();
    return { ready, reasons: ready ? [] : ['the thread of the audit has ended, and is about to be started again'] };
  };
  const health = createHealthServer(healthApp(readiness, metrics));
  const port = await listen(health, healthPort, host);
  log.info({ health_port: port }, 'ready');
  return () =>
    new Promise((resolve) => {
      health.close(() => resolve());
      health.closeAllConnections();
    });
}
