import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { ApiMethod } from './api.ts';
import type { Headers } from './credentials.ts';

export interface Sending {
  /** URL of the API server; a path in it stands before `path`. */
  readonly server: string;
  readonly method: ApiMethod;
  readonly path: string;
  readonly headers: Headers;
  /** JSON text; none where it is undefined. */
  readonly body: string | undefined;
  readonly contentType: string;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and resolves at the head of its answer.
 * @throws where none comes
 */
export async function send(sending: Sending): Promise<IncomingMessage> {
  for (;;) {
    const request = begin(sending);
    try {
      return await answerTo(request, sending.body);
    } catch (error) {
      // The server had closed the kept connection. Only what changes nothing may be sent again: it may have been read.
      if (sending.method !== 'GET' || !request.reusedSocket || sending.signal.aborted) throw error;
    }
  }
}

function begin({ server, method, path, headers, body, contentType, agent, signal }: Sending): ClientRequest {
  const url = new URL(server);
  const prefix = url.pathname.replace(/\/$/, '');
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const content =
    body === undefined ? {} : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) };
  return request({
    ...urlToHttpOptions(url),
    // As it is: a URL would resolve dots in it, and names come from the cluster.
    path: `${prefix}${path}`,
    method,
    agent,
    signal,
    headers: { accept: 'application/json', 'user-agent': 'seawall', ...content, ...mutable(headers) },
  });
}

function answerTo(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', resolve);
    request.end(body);
  });
}

function mutable(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}
