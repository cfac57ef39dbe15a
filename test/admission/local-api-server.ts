import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ApiClient } from '../../src/cluster/api.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import type { Fields } from '../support/pods.ts';
import type { Certificates } from './webhook-under-test.ts';

/** What a real HTTPS server answers where an API server is asked, with the real client in front of it. */
export interface LocalApiServer {
  readonly client: ApiClient;
  /** Method and URL of each request since the last `answerWith`. */
  readonly asked: () => readonly string[];
  readonly answerWith: (listener: RequestListener) => void;
  readonly stop: () => void;
}

export async function startLocalApiServer({ authority, serving }: Certificates): Promise<LocalApiServer> {
  let answer: RequestListener = () => undefined;
  let asked: string[] = [];
  const server = createServer({ cert: serving.cert, key: serving.key }, (request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createApiClient({
    server: `https://127.0.0.1:${port}`,
    present: () => Promise.resolve({ tls: { ca: authority.cert }, headers: {} }),
  });
  return {
    client,
    asked: () => asked,
    answerWith: (listener) => {
      answer = listener;
      asked = [];
    },
    stop: () => {
      client.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, body: Fields): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** Never answers. */
export const silence: RequestListener = () => undefined;
