import type { RequestListener } from 'node:http';
import express from 'express';
import type { Express } from 'express';
import type { Metrics } from '../telemetry/metrics.ts';

/** Whether Seawall should get requests; the reasons stand where it should not. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** What is amiss and no reason to go without it. */
  readonly notes?: readonly string[];
}

/** GET /livez, /readyz and /metrics, for a port of their own that speaks plain HTTP: probes and scrapers know no CA of ours. */
export function healthApp(readiness: () => Readiness, metrics: Metrics): Express {
  const app = plainApp();
  app.get('/livez', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', (_request, response) => {
    const { ready, reasons, notes = [] } = readiness();
    const told = notes.length === 0 ? {} : { notes };
    response.status(ready ? 200 : 503).json(ready ? { status: 'ok', ...told } : { status: 'not ready', reasons });
  });
  app.get('/metrics', async (_request, response) => {
    response.set('Content-Type', metrics.contentType).send(await metrics.text());
  });
  refuseTheRest(app, 'there is GET /livez, /readyz and /metrics here');
  return app;
}

/** What the admission port answers beside the admission routes. */
export function restApp(): RequestListener {
  const app = plainApp();
  refuseTheRest(app, 'there is POST /validate and POST /mutate here');
  return app;
}

function plainApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  return app;
}

function refuseTheRest(app: Express, hint: string): void {
  app.use((_request, response) => {
    response.status(404).json({ error: `no such path: ${hint}` });
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: express.Request, response: express.Response, next: express.NextFunction) => {
    if (response.headersSent) next(error);
    else response.status(500).json({ error: 'internal error' });
  });
}
