import type { ApiClient } from '../cluster/api.ts';
import { createApiClient } from '../cluster/api-client.ts';
import { findCredentials } from '../cluster/connect.ts';
import type { CommandIo } from './io.ts';
import type { ServeOptions } from './serve-options.ts';

/** The cluster that the webhook belongs to. */
export interface ServedCluster {
  readonly client: ApiClient;
  /** @throws {CredentialsError} where none was named and none is known */
  readonly namespace: () => Promise<string>;
}

/**
 * The cluster, or undefined where nothing that was asked for needs one.
 * @throws {CredentialsError} where there is none
 */
export async function openServedCluster(options: ServeOptions, io: CommandIo): Promise<ServedCluster | undefined> {
  const { selfManaged, execTargets, checkConditions, writeConditions } = options;
  if (!selfManaged && !execTargets && !checkConditions && !writeConditions) return undefined;
  const { kubeconfig, context, namespace } = options;
  const found = await findCredentials({ kubeconfig, context, env: io.env });
  return {
    client: createApiClient(found.credentials, { now: io.now }),
    namespace: () => (namespace === undefined ? found.namespace() : Promise.resolve(namespace)),
  };
}
