import { access } from 'node:fs/promises';
import { createApiClient } from './api-client.ts';
import type { ApiClient } from './api.ts';
import { CredentialsError } from './credentials-error.ts';
import type { Credentials } from './credentials.ts';
import type { Impersonation } from './impersonation.ts';
import { impersonating } from './impersonation.ts';
import type { InClusterEnv } from './in-cluster.ts';
import { inClusterCredentials, inClusterNamespace, inClusterServer, serviceAccountFolder } from './in-cluster.ts';
import type { KubeconfigEnv } from './kubeconfig-files.ts';
import { kubeconfigPaths, noKubeconfig } from './kubeconfig-files.ts';
import type { KubeconfigOptions } from './kubeconfig.ts';

export interface ConnectOptions extends Omit<KubeconfigOptions, 'env'>, Impersonation {
  readonly env: KubeconfigEnv & InClusterEnv;
  /** For a request that names no time of its own. @default 10000 */
  readonly requestTimeoutMs?: number | undefined;
  /** Where a pod finds its token. @default /var/run/secrets/kubernetes.io/serviceaccount */
  readonly serviceAccountFolder?: string | undefined;
}

/** Credentials and where they come from. */
export interface FoundCredentials {
  readonly credentials: Credentials;
  /** The namespace that is meant where none is named. */
  readonly namespace: () => Promise<string>;
  /** For a person: `context NAME`, or `ServiceAccount of this pod`. */
  readonly source: string;
}

/**
 * A client of the cluster that is named, or that this process runs in.
 * @throws {CredentialsError} where there is none
 */
export async function connect(options: ConnectOptions): Promise<ApiClient> {
  const { credentials } = await findCredentials(options);
  const { requestTimeoutMs } = options;
  return createApiClient(credentials, requestTimeoutMs === undefined ? {} : { requestTimeoutMs });
}

/**
 * In the order of kubectl: what was named, the kubeconfig that KUBECONFIG or HOME leads to, the ServiceAccount of this
 * pod.
 * @throws {CredentialsError} where there is none of them
 */
export async function findCredentials(options: ConnectOptions): Promise<FoundCredentials> {
  const found = await findOwn(options);
  return { ...found, credentials: impersonating(found.credentials, options) };
}

async function findOwn(options: ConnectOptions): Promise<FoundCredentials> {
  const { kubeconfig, context, cluster, user, env, serviceAccountFolder: folder = serviceAccountFolder } = options;
  const paths = kubeconfigPaths(undefined, env);
  const isNamed = [kubeconfig, context, cluster, user].some((name) => name !== undefined);
  if (isNamed || (await isAnyThere(paths))) return fromKubeconfig(options);
  if (inClusterServer(env) !== undefined) {
    const credentials = inClusterCredentials(env, folder);
    return { credentials, namespace: () => inClusterNamespace(folder), source: 'ServiceAccount of this pod' };
  }
  throw new CredentialsError(
    'no-cluster',
    `no cluster: this is no pod, and ${noKubeconfig(paths)}; name one (--kubeconfig, or KUBECONFIG)`,
  );
}

async function fromKubeconfig(options: ConnectOptions): Promise<FoundCredentials> {
  // Loaded only here: the Kubernetes client costs a pod 90 MB and most of a second.
  const { kubeconfigCredentials } = await import('./kubeconfig.ts');
  const credentials = await kubeconfigCredentials(options);
  return {
    credentials,
    namespace: () => Promise.resolve(credentials.namespace),
    source: credentials.context === undefined ? `cluster ${credentials.cluster}` : `context ${credentials.context}`,
  };
}

async function isAnyThere(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
