import type { Metrics } from '../telemetry/metrics.ts';
import type { Readiness } from './health.ts';
import { createHealthServer, listen } from './server.ts';

export interface HealthPortOptions {
  /** Address to listen on; every one where it is absent. */
  readonly host: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly readiness: () => Readiness;
}

/** A port that answers probes and scrapers. */
export interface HealthPort {
  readonly port: number;
  /** Asks another from now on. */
  readonly ask: (readiness: () => Readiness) => void;
  readonly close: () => Promise<void>;
}

/** @throws where the port cannot be had */
export async function openHealthPort({ host, port, metrics, readiness }: HealthPortOptions): Promise<HealthPort> {
  // Express takes a fifth of a second to load; most commands open no port.
  const { healthApp } = await import('./health.ts');
  let asked = readiness;
  const server = createHealthServer(healthApp(() => asked(), metrics));
  const opened = await listen(server, port, host);
  return {
    port: opened,
    ask: (next) => {
      asked = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
