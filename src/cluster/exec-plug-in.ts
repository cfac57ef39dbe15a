import type { Cluster, User } from '@kubernetes/client-node';
import { plainLine } from '../telemetry/plain-line.ts';
import { isObject } from '../policy/json.ts';
import { CredentialsError } from './credentials-error.ts';

/**
 * The user with KUBERNETES_EXEC_INFO for its plug-in, which the Kubernetes client leaves out and some plug-ins need.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function withExecInfo(cluster: Cluster, user: User): User {
  const exec: unknown = user.exec;
  if (!isObject(exec)) return user;
  const info = {
    apiVersion: exec['apiVersion'],
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec['provideClusterInfo'] === true ? { cluster: clusterInfo(cluster) } : {}),
    },
  };
  const env: unknown = exec['env'];
  const known: readonly unknown[] = Array.isArray(env) ? env : [];
  return {
    ...user,
    exec: { ...exec, env: [...known, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }] },
  };
}

function clusterInfo({ server, caData, tlsServerName, skipTLSVerify, proxyUrl }: Cluster): object {
  return {
    server,
    'certificate-authority-data': caData,
    'tls-server-name': tlsServerName,
    'insecure-skip-tls-verify': skipTLSVerify,
    'proxy-url': proxyUrl,
  };
}

/** The error for a user that cannot log in. */
export function loginError(user: User, cause: unknown): CredentialsError {
  const exec: unknown = user.exec;
  const name = plainLine(user.name, 100);
  if (!isObject(exec) || typeof exec['command'] !== 'string') {
    return new CredentialsError('plug-in-failed', `the user ${name} of the kubeconfig cannot log in: ${words(cause)}`, {
      cause,
    });
  }
  const hint = exec['installHint'];
  return new CredentialsError(
    'plug-in-failed',
    `the plug-in ${plainLine(exec['command'], 200)} of the user ${name} failed: ${words(cause)}` +
      (isObject(cause) && cause['code'] === 'ENOENT' && typeof hint === 'string' ? `; ${plainLine(hint, 500)}` : ''),
    { cause },
  );
}

function words(cause: unknown): string {
  if (!isObject(cause) || typeof cause['message'] !== 'string') return 'without a reason';
  // What the client trips over when it reads the output.
  if (cause['name'] === 'SyntaxError' || cause['name'] === 'TypeError') return 'it printed no ExecCredential';
  const message = cause['message'].trim();
  return message === '' ? 'without a word' : plainLine(message, 500);
}
