import type { ExecTargets } from '../admission/exec-targets.ts';
import { openHealthPort } from '../admission/health-port.ts';
import { warnEveryMs } from '../admission/policy-reload.ts';
import type { Webhook } from '../admission/webhook.ts';
import { startWebhook } from '../admission/webhook.ts';
import { findCredentials } from '../cluster/connect.ts';
import { judge } from '../policy/evaluate.ts';
import { repair } from '../policy/fix.ts';
import { ruleDefinitions } from '../policy/rules/index.ts';
import type { Log } from '../telemetry/log.ts';
import { asyncDestination, openLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { announce } from './serve-announcement.ts';
import type { AuditThread } from './serve-audit.ts';
import { startAuditThread } from './serve-audit.ts';
import { refuseWebhookFlags, serveAuditOnly } from './serve-audit-only.ts';
import type { ServingCertificate } from './serve-certificates.ts';
import { openServingCertificate } from './serve-certificates.ts';
import type { ServedCluster } from './serve-cluster.ts';
import { openServedCluster } from './serve-cluster.ts';
import type { ServeOptions } from './serve-options.ts';
import type { ConditionsCheck } from './serve-conditions.ts';
import { openServedPolicy } from './serve-policy.ts';
import type { PolicyInForce } from './serve-policy-in-force.ts';
import { openPolicyInForce, refuseBothConditionFlags } from './serve-policy-in-force.ts';
import { every, firstSignal } from './serve-signals.ts';

/** Seconds to serve on after a signal to stop; nobody waits for endpoints on a developer's machine. */
const defaultDrainDelaySeconds = 5;

/** How long open requests have at the end of a drain. */
const drainBoundMs = 10_000;

/** `seawall serve`: answers admission reviews, or follows the cluster, until it is told to stop. */
export async function serveCommand(options: ServeOptions, io: CommandIo): Promise<number> {
  const { now } = io;
  const metrics = createMetrics(ruleDefinitions.map(({ id }) => id));
  const log = openLog({ level: options.logLevel, destination: asyncDestination(1, metrics.logLinesDropped), now });
  const stopped = firstSignal(io);
  const stops: Stop[] = [];
  try {
    const stop = await start(options, io, { log, metrics, stopping: stopped.first }, stops);
    const signal = await stopped.first;
    log.info({ signal }, 'stopping');
    const delaySeconds = options.drainDelaySeconds ?? (options.development ? 0 : defaultDrainDelaySeconds);
    await stop({ delayMs: delaySeconds * 1000, boundMs: drainBoundMs, wait: stopped.wait });
    log.info({}, 'stopped');
    return exitCodes.ok;
  } finally {
    // The last that was opened first: the client of the cluster outlives all who use it.
    for (const stop of stops.toReversed()) await stop();
    await log.flush();
  }
}

type Stop = () => Promise<void> | void;

interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Context extends Telemetry {
  /** Resolves when it is told to stop. */
  readonly stopping: Promise<unknown>;
}

/**
 * @param stops - given what is to be ended at the end, also where the start fails halfway
 * @returns what takes it out of service
 */
async function start(
  options: ServeOptions,
  io: CommandIo,
  { stopping, ...telemetry }: Context,
  stops: Stop[],
): Promise<Webhook['stop']> {
  const { now } = io;
  if (options.auditOnly) refuseWebhookFlags(options);
  refuseBothConditionFlags(options);
  // Before anything is open: the thread of the audit would only try again and again.
  if (options.audit || options.auditOnly) await findAuditedCluster(options, io);
  const following: { audit?: AuditThread; conditions?: ConditionsCheck; inForce?: PolicyInForce } = {};
  const onInForce = (): void => {
    following.audit?.policyChanged();
    void following.conditions?.check();
  };
  const policy = await openServedPolicy(options.policy, {
    ...telemetry,
    now,
    onChanged: () => (following.inForce?.policyChanged ?? onInForce)(),
  });
  const follow = (): AuditThread => {
    const audit = startAuditThread(options, { io, ...telemetry, policy: following.inForce?.current ?? policy.current });
    following.audit = audit;
    stops.push(audit.stop);
    return audit;
  };
  stops.push(policy.stop, every(warnEveryMs, policy.warn));
  if (options.auditOnly) return serveAuditOnly(options, { ...telemetry, follow });
  const cluster = await openServedCluster(options, io);
  if (cluster !== undefined) stops.push(() => cluster.client.close());
  const inForce = await openPolicyInForce(options, {
    cluster,
    read: policy.current,
    onChanged: onInForce,
    ...telemetry,
  });
  following.inForce = inForce;
  stops.push(inForce.stop);
  if (cluster !== undefined && options.checkConditions) {
    const { createConditionsCheck, conditionsEveryMs } = await import('./serve-conditions.ts');
    const conditions = createConditionsCheck({ client: cluster.client, policy: policy.current, ...telemetry });
    following.conditions = conditions;
    stops.push(every(conditionsEveryMs, () => void conditions.check()));
    void conditions.check();
  }
  const execTargets = await openExecTargets(options, cluster, telemetry, now);
  if (execTargets !== undefined) stops.push(execTargets.stop);

  const host = options.host ?? (options.development ? '127.0.0.1' : undefined);
  const serving: { webhook?: Webhook } = {};
  const certificate = await openServingCertificate(options, {
    io,
    ...telemetry,
    cluster,
    apply: (pair) => serving.webhook?.serveKeyPair(pair),
  });
  stops.push(certificate.stop);
  const health = await openHealthPort({
    host,
    port: options.healthPort,
    metrics: telemetry.metrics,
    readiness: () => ({
      ready: false,
      reasons: notStarted(certificate, inForce),
    }),
  });
  stops.push(health.close);
  if (options.selfManaged) telemetry.log.info({ health_port: health.port }, 'probes are answered');
  const mayServe = await Promise.race([
    Promise.all([certificate.started, inForce.started]).then(() => true),
    stopping.then(() => false),
  ]);
  if (!mayServe) return () => Promise.resolve();
  const keyPair = certificate.current();
  const webhook = await startWebhook({
    engine: { policy: inForce.current, judge, repair },
    notes: () => [...inForce.notes(), ...(following.conditions?.notes() ?? [])],
    keyPair,
    certificateProblems: certificate.problems,
    execTargets,
    host,
    port: options.port,
    healthPort: options.healthPort,
    health,
    ...telemetry,
    now,
    monotonicMs: () => performance.now(),
  });
  serving.webhook = webhook;
  // After the ports are open: to list the pods of a large cluster takes seconds, and until then targets are asked for live.
  execTargets?.watch();
  // Another one may have come while the ports were being opened.
  if (certificate.current().cert !== keyPair.cert) webhook.serveKeyPair(certificate.current());
  stops.push(every(warnEveryMs, certificate.warn));
  if (options.audit) follow();
  announce(webhook, options, io, telemetry.log);
  return webhook.stop;
}

/** Why no request can be answered yet. */
function notStarted({ problems }: ServingCertificate, inForce: PolicyInForce): readonly string[] {
  const reasons = [...(problems?.() ?? []), ...inForce.problems()];
  return reasons.length === 0 ? ['starting'] : reasons;
}

/** @throws {CredentialsError} where there is no cluster to follow, or no namespace for the Lease */
async function findAuditedCluster({ kubeconfig, context, namespace }: ServeOptions, { env }: CommandIo): Promise<void> {
  const found = await findCredentials({ kubeconfig, context, env });
  if (namespace === undefined) await found.namespace();
}

async function openExecTargets(
  options: ServeOptions,
  cluster: ServedCluster | undefined,
  telemetry: Telemetry,
  now: () => number,
): Promise<ExecTargets | undefined> {
  if (!options.execTargets || cluster === undefined) return undefined;
  const { createExecTargets } = await import('../admission/exec-targets.ts');
  const targets = createExecTargets({
    client: cluster.client,
    ...telemetry,
    now,
    monotonicMs: () => performance.now(),
  });
  return targets;
}
