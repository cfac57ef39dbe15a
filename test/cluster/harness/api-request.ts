import { Agent, request } from 'node:https';
import { json as readJson, text as readText } from 'node:stream/consumers';
import type { KeyedCertificate } from './test-ca.ts';

export interface ApiRequestOptions {
  /** Speak as the holder of this bearer token instead of the administrator. */
  readonly token?: string;
  /** Impersonate this user. */
  readonly as?: string;
  /** Impersonate these groups; only beside `as`. */
  readonly groups?: readonly string[];
  /** @default application/json */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default 30_000 */
  readonly timeoutMs?: number;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON, or the text where the answer is something else. */
  readonly body: unknown;
}

/** Sends requests to one API server over kept connections. */
export interface ApiClient {
  /**
   * Sends one request; a string or buffer goes as it is, everything else as JSON.
   * @throws where no answer comes; any status is an answer
   */
  readonly request: (method: string, path: string, body?: unknown, options?: ApiRequestOptions) => Promise<ApiResponse>;
  close(): void;
}

/** A client of `server` that speaks as the administrator unless a request says otherwise. */
export function createApiClient(server: string, ca: string, admin: KeyedCertificate): ApiClient {
  // Two agents: a connection with the administrator's certificate would be the administrator whatever token it sends.
  const asAdmin = new Agent({ keepAlive: true, ca, cert: admin.certificate, key: admin.key });
  const asNobody = new Agent({ keepAlive: true, ca });
  return {
    request: (method, path, body, options = {}) =>
      send(new URL(path, server), method, body, options, options.token === undefined ? asAdmin : asNobody),
    close() {
      asAdmin.destroy();
      asNobody.destroy();
    },
  };
}

async function send(
  url: URL,
  method: string,
  body: unknown,
  options: ApiRequestOptions,
  agent: Agent,
): Promise<ApiResponse> {
  const { contentType = 'application/json', timeoutMs = 30_000 } = options;
  const sent = request(url, {
    method,
    agent,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...identityHeaders(options),
      ...options.headers,
    },
  });
  const answered = new Promise<ApiResponse>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
      const read: Promise<unknown> = isJson ? readJson(response) : readText(response);
      read.then((content) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: content });
      }, reject);
    });
  });
  sent.end(bodyBytes(body));
  return answered;
}

function bodyBytes(body: unknown): string | Buffer | undefined {
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return body;
  return JSON.stringify(body);
}

function identityHeaders({ token, as, groups = [] }: ApiRequestOptions): Record<string, string | string[]> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(as === undefined ? {} : { 'impersonate-user': as }),
    ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
  };
}
