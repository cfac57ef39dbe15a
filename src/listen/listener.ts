import type { KeyPair } from '../admission/server.ts';
import { createAdmissionServer, listen } from '../admission/server.ts';
import { sparseWarnings } from '../telemetry/sparse-warnings.ts';
import type { CaseStore } from './case-folder.ts';
import type { CaseWorkerOptions } from './case-worker.ts';
import { createCaseWorker } from './case-worker.ts';
import { createReceiver } from './receiver.ts';
import type { IsAuthentic } from './secret.ts';

export interface ListenerOptions extends CaseWorkerOptions {
  readonly cases: CaseStore;
  readonly isAuthentic: () => IsAuthentic;
  readonly keyPair: KeyPair;
  readonly host: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
  readonly monotonicMs: () => number;
}

export interface Listener {
  readonly port: number;
  readonly serveKeyPair: (keyPair: KeyPair) => void;
  readonly waiting: () => number;
  readonly idle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Receives events over HTTPS and works on their cases; those that an earlier run left without an outcome come first.
 * @throws where the port cannot be had
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { cases, log, metrics, monotonicMs } = options;
  const worker = createCaseWorker(options);
  for (const id of cases.unfinished()) worker.add(id);
  metrics.watch(() => ({ waiting: worker.waiting(), cases: cases.count() }));
  const receiver = createReceiver({
    ...options,
    hasRoom: worker.hasRoom,
    onCase: worker.add,
    warn: sparseWarnings({ log, monotonicMs }),
  });
  const server = createAdmissionServer(receiver, options.keyPair);
  const port = await listen(server, options.port, options.host);
  return {
    port,
    serveKeyPair: (keyPair) => server.setSecureContext({ cert: keyPair.cert, key: keyPair.key }),
    waiting: worker.waiting,
    idle: worker.idle,
    stop: async () => {
      // First: what waits must not be tried again and again while open requests are answered.
      const ended = worker.stop();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 5_000).unref();
      await closed;
      await ended;
    },
  };
}
