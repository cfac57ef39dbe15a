import type { Server as HttpsServer } from 'node:https';
import type { Policy } from '../policy/policy.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import type { DrainOptions } from './drain.ts';
import { drain } from './drain.ts';
import type { Engine } from './engine.ts';
import type { ExecTargets } from './exec-targets.ts';
import type { AdmissionLimits } from './handler.ts';
import { createAdmissionHandler, sweepMs } from './handler.ts';
import type { Readiness } from './health.ts';
import type { HealthPort } from './health-port.ts';
import { openHealthPort } from './health-port.ts';
import type { KeyPair } from './server.ts';
import { createAdmissionServer, listen } from './server.ts';

export interface WebhookOptions {
  readonly engine: Engine;
  readonly keyPair: KeyPair & { readonly expiresMs: number };
  /** Address to listen on; every one where it is absent. @example '127.0.0.1' */
  readonly host?: string | undefined;
  /** Port of admission over HTTPS; 0 for any that is free. */
  readonly port: number;
  /** Port of probes and metrics over HTTP; 0 for any that is free. */
  readonly healthPort: number;
  /** One that is open already, in place of that. */
  readonly health?: HealthPort | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
  /**
   * Why the certificate should not be served with; none where it should.
   * @default whether it has ended by `now`
   */
  readonly certificateProblems?: (() => readonly string[]) | undefined;
  /** What a probe is told beside whether it is ready. */
  readonly notes?: (() => readonly string[]) | undefined;
  /** Finds the pods that execs are for; where it is absent, none of them is known. */
  readonly execTargets?: Pick<ExecTargets, 'find'> | undefined;
  readonly limits?: Partial<AdmissionLimits>;
}

/** A webhook that listens. */
export interface Webhook {
  readonly port: number;
  readonly healthPort: number;
  readonly policy: () => Policy;
  /** Serves another certificate from the next connection on; open ones stay as they are. */
  readonly serveKeyPair: (keyPair: WebhookOptions['keyPair']) => void;
  readonly readiness: () => Readiness;
  /** Takes it out of service without failing a request; resolves when both ports are closed. */
  readonly stop: (options: DrainOptions) => Promise<void>;
}

/**
 * Starts both servers.
 * @throws where a port cannot be had; nothing listens then
 */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { engine, host, metrics, now } = options;
  // Express takes a fifth of a second to load; admission does not wait for what only probes and strangers ask for.
  const { restApp } = await import('./health.ts');
  let { expiresMs } = options.keyPair;
  let draining = false;
  const certificateProblems =
    options.certificateProblems ?? (() => (now() >= expiresMs ? ['the serving certificate has ended'] : []));
  const readiness = (): Readiness => {
    const reasons = [...(draining ? ['draining'] : []), ...certificateProblems()];
    const notes = options.notes?.() ?? [];
    return { ready: reasons.length === 0, reasons, ...(notes.length === 0 ? {} : { notes }) };
  };
  const handler = createAdmissionHandler({ ...options, rest: restApp() });
  metrics.watchInFlight(handler.inFlight);
  const server = createAdmissionServer(handler.listener, options.keyPair);
  tellFailedHandshakes(server, options);
  const health = options.health ?? (await openHealthPort({ host, port: options.healthPort, metrics, readiness }));
  const port = await listen(server, options.port, host).catch(async (error: unknown) => {
    await health.close();
    throw error;
  });
  health.ask(readiness);
  const sweeping = setInterval(handler.sweep, sweepMs).unref();
  return {
    port,
    healthPort: health.port,
    policy: engine.policy,
    serveKeyPair: ({ cert, key, expiresMs: nextExpiresMs }) => {
      server.setSecureContext({ cert, key });
      expiresMs = nextExpiresMs;
    },
    readiness,
    stop: async (drainOptions) => {
      const begin = (): void => {
        draining = true;
        handler.startDraining();
      };
      await drain({ begin, server }, drainOptions);
      clearInterval(sweeping);
      await health.close();
    },
  };
}

/** Who does not trust our certificate, or speaks no TLS, never becomes a request; without a word nobody would know why. */
function tellFailedHandshakes(server: HttpsServer, { log, metrics, monotonicMs }: WebhookOptions): void {
  const warn = sparseWarnings({ log, monotonicMs });
  server.on('tlsClientError', (error, socket) => {
    metrics.tlsHandshakeFailed();
    // A code of Node or OpenSSL; their messages hold addresses of memory.
    const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    warn(reason, { remote: socket.remoteAddress ?? '' }, 'TLS handshake failed');
  });
}
