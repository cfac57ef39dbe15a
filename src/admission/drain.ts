import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';

export interface DrainOptions {
  /**
   * Milliseconds to serve on while the endpoints of the Service still name this pod.
   * @default 5000
   */
  readonly delayMs: number;
  /** Milliseconds that open requests have after that; then their connections are cut. @default 10000 */
  readonly boundMs: number;
  /** Resolves after so many milliseconds; a second signal may resolve it before. */
  readonly wait: (ms: number) => Promise<void>;
}

/** What is to happen at each step; the server itself is closed by drain. */
export interface DrainSteps {
  /** Readiness fails, and answers ask their callers to close: active connections go while new ones still come. */
  readonly begin: () => void;
  readonly server: HttpServer | HttpsServer;
}

/**
 * Takes a server out of service without failing a request: a caller whose idle connection is cut just as it writes
 * does not try again, so that every connection in use must first have been told to go.
 */
export async function drain({ begin, server }: DrainSteps, { delayMs, boundMs, wait }: DrainOptions): Promise<void> {
  begin();
  await wait(delayMs);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const bound = wait(boundMs).then(() => server.closeAllConnections());
  await Promise.race([closed, bound]);
  server.closeAllConnections();
  await closed;
}
