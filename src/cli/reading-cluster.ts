import { createApiClient } from '../cluster/api-client.ts';
import type { ApiClient } from '../cluster/api.ts';
import { findCredentials } from '../cluster/connect.ts';
import type { ListOptions } from '../cluster/list.ts';
import { createPace } from '../cluster/pace.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { CommandIo } from './io.ts';

/** A cluster that a command reads, until it is told to stop. */
export interface ReadCluster {
  readonly client: ApiClient;
  readonly list: ListOptions;
  /** Where it is known from, as `context test`. */
  readonly source: string;
  /** Of the context. */
  readonly namespace: () => Promise<string>;
}

/** Requests a second, at most: to look must not be felt by the cluster. */
const requestsPerSecond = 50;

/** Runs what reads a cluster; a signal ends it in its middle, as there is nothing to be left half-done. */
export async function readingCluster<Result>(
  options: ConnectionOptions,
  io: CommandIo,
  work: (cluster: ReadCluster) => Promise<Result>,
): Promise<Result> {
  const { requestTimeoutMs } = options;
  const { credentials, namespace, source } = await findCredentials({ ...options, env: io.env });
  const client = createApiClient(credentials, requestTimeoutMs === undefined ? {} : { requestTimeoutMs });
  const leaving = new AbortController();
  io.onSignal(() => {
    leaving.abort();
    client.close();
  });
  const list = {
    pace: createPace(requestsPerSecond),
    signal: leaving.signal,
    ...(requestTimeoutMs !== undefined && { timeoutMs: requestTimeoutMs }),
  };
  try {
    return await work({ client, list, source, namespace });
  } finally {
    client.close();
  }
}
