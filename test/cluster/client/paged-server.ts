import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiClient } from '../../../src/cluster/api.ts';
import { createApiClient } from '../../../src/cluster/api-client.ts';

/** What a scripted server says to one request; undefined lets the connection break. */
export type Answer =
  { readonly status: number; readonly body: object; readonly headers?: Record<string, string> } | undefined;

/** A real HTTP server that answers as a function says, and a client of it. */
export interface ScriptedServer {
  readonly client: ApiClient;
  /** Path and query of every request. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

export async function startScriptedServer(
  answer: (url: URL, request: IncomingMessage) => Answer,
): Promise<ScriptedServer> {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push(request.url ?? '');
    const answered = answer(new URL(request.url ?? '', 'http://server'), request);
    if (answered === undefined) {
      request.destroy();
      return;
    }
    response.writeHead(answered.status, { 'content-type': 'application/json', ...answered.headers });
    response.end(JSON.stringify(answered.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const presented = { tls: {}, headers: {} };
  const client = createApiClient({
    server: `http://127.0.0.1:${port}`,
    present: () => Promise.resolve(presented),
  });
  return {
    client,
    requests,
    stop: () => {
      client.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A Status as the API server sends it. */
export function status(code: number, fields: object = {}): Answer {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...fields } };
}
