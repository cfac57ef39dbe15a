import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { mountedFiles } from '../mounted-files/mounted-files.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { CredentialsError } from './credentials-error.ts';
import type { Credentials, Presented } from './credentials.ts';

/** Where the kubelet mounts a ServiceAccount. Source: k8s.io/kubernetes plugin/pkg/admission/serviceaccount. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What a pod is told of its cluster; undefined where this is no pod. */
export interface InClusterEnv {
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
}

/** URL of the API server as a pod knows it; undefined outside of one. */
export function inClusterServer(env: InClusterEnv): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host === '') return undefined;
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * The ServiceAccount of this pod. Its token and CA are read again whenever their files change: the kubelet replaces a
 * token within its hour.
 * @throws {CredentialsError} where this is no pod
 */
export function inClusterCredentials(env: InClusterEnv, folder: string = serviceAccountFolder): Credentials {
  const server = inClusterServer(env);
  if (server === undefined) {
    throw new CredentialsError(
      'no-cluster',
      'this is no pod (KUBERNETES_SERVICE_HOST is not set); name a kubeconfig (--kubeconfig)',
    );
  }
  const files = mountedFiles([join(folder, 'token'), join(folder, 'ca.crt')]);
  let known: Presented | undefined;
  let reading: Promise<Presented> | undefined;
  async function read(): Promise<Presented> {
    try {
      const [token, ca] = (await files.readIfChanged()) ?? [];
      if (token !== undefined && ca !== undefined) known = presented(token.toString().trim(), ca.toString());
    } catch (cause) {
      // Between two tokens a file may be missing for a moment; the last one is good for minutes still.
      if (known === undefined) throw unreadable(cause);
    }
    if (known === undefined) throw unreadable(new Error(`nothing was read in ${folder}`));
    return known;
  }
  return {
    server,
    // One reading at a time: who asks meanwhile would be told that nothing has changed.
    present: () => (reading ??= read().finally(() => (reading = undefined))),
  };
}

function presented(token: string, ca: string): Presented {
  return { tls: { ca }, headers: { authorization: `Bearer ${token}` } };
}

function unreadable(cause: unknown): CredentialsError {
  return new CredentialsError(
    'no-service-account',
    `the ServiceAccount of this pod cannot be read: ${reasonOf(cause)}; its pod needs automountServiceAccountToken: true`,
    { cause },
  );
}

/**
 * The namespace of this pod.
 * @throws {CredentialsError} where the ServiceAccount is not mounted
 */
export async function inClusterNamespace(folder: string = serviceAccountFolder): Promise<string> {
  try {
    return (await readFile(join(folder, 'namespace'), 'utf8')).trim();
  } catch (cause) {
    throw new CredentialsError(
      'no-service-account',
      `the namespace of this pod cannot be read: ${reasonOf(cause)}; name it (--namespace)`,
      { cause },
    );
  }
}
