import type { RequestOptions } from 'node:https';
import type { Cluster, User } from '@kubernetes/client-node';
import { plainLine } from '../telemetry/plain-line.ts';
import { CredentialsError } from './credentials-error.ts';
import type { Credentials, Headers, Presented, TlsMaterial } from './credentials.ts';
import { loginError, withExecInfo } from './exec-plug-in.ts';
import type { KubeconfigEntries, KubeconfigEnv } from './kubeconfig-files.ts';
import { kubeconfigPaths, readKubeconfigs } from './kubeconfig-files.ts';
import { proxyAgent } from './proxy-agent.ts';

export interface KubeconfigOptions {
  readonly env: KubeconfigEnv;
  /** The only file that is read; what `env` leads to where it is absent. */
  readonly kubeconfig?: string | undefined;
  /** @default the current-context of the file */
  readonly context?: string | undefined;
  /** The cluster and the user of the file, where not those of the context. */
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
}

export interface KubeconfigCredentials extends Credentials {
  /** undefined where cluster and user were named without one */
  readonly context: string | undefined;
  readonly cluster: string;
  /** Namespace of the context; `default` where it names none. */
  readonly namespace: string;
}

/**
 * What a kubeconfig says of a cluster and its user. Plug-ins and files that it names are asked at each `present`, and
 * what they say is kept as long as they say that it is good.
 * @throws {CredentialsError} where there is none, or it has no such context
 */
export async function kubeconfigCredentials(options: KubeconfigOptions): Promise<KubeconfigCredentials> {
  const paths = kubeconfigPaths(options.kubeconfig, options.env);
  let chosen = choose(await readKubeconfigs(paths), options);
  const { cluster } = chosen;
  let session = await openSession(chosen);
  let isStale = false;
  const refresh = async (): Promise<void> => {
    if (!isStale) return;
    isStale = false;
    chosen = choose(await readKubeconfigs(paths), options);
    session = await openSession(chosen);
  };
  const { proxyUrl = '' } = cluster;
  return {
    server: cluster.server,
    context: chosen.context,
    cluster: cluster.name,
    namespace: chosen.namespace,
    present: async () => {
      await refresh();
      return session();
    },
    renew: () => {
      isStale = true;
    },
    ...(proxyUrl === '' ? {} : { proxyAgent: (tls: TlsMaterial) => proxyAgent(cluster, tls) }),
  };
}

interface Chosen {
  readonly files: string;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly cluster: Cluster;
  readonly user: User;
}

function choose(entries: KubeconfigEntries, options: KubeconfigOptions): Chosen {
  const { files } = entries;
  const name = options.context ?? entries.currentContext;
  if (name === undefined && options.cluster === undefined) {
    const known = listed(entries.contexts);
    throw new CredentialsError('unknown-name', `${files} sets no current-context; name one (--context): ${known}`);
  }
  const context = name === undefined ? undefined : find('context', name, entries.contexts, files);
  const clusterName = options.cluster ?? context?.cluster ?? '';
  // Absent from a context that speaks as nobody, whatever the types say.
  const userName: string | undefined = options.user ?? context?.user;
  return {
    files,
    context: name,
    namespace: context?.namespace ?? 'default',
    cluster: find('cluster', clusterName, entries.clusters, files),
    user: userName === undefined ? { name: 'nobody' } : find('user', userName, entries.users, files),
  };
}

function find<T>(what: string, name: string, known: ReadonlyMap<string, T>, files: string): T {
  const found = known.get(name);
  if (found !== undefined) return found;
  const message = `there is no ${what} ${plainLine(name, 100)} in ${files}; it has: ${listed(known)}`;
  throw new CredentialsError('unknown-name', message);
}

const maxListed = 20;

function listed(known: ReadonlyMap<string, unknown>): string {
  const names = [...known.keys()].map((name) => plainLine(name, 100));
  if (names.length === 0) return 'none';
  const more = names.length > maxListed ? `, and ${names.length - maxListed} more` : '';
  return `${names.slice(0, maxListed).join(', ')}${more}`;
}

/** What one user presents, through the Kubernetes client. */
async function openSession({ cluster, user }: Chosen): Promise<() => Promise<Presented>> {
  // To a server without TLS (kubectl proxy) nothing is presented, as kubectl does: anyone could read it.
  if (cluster.server.startsWith('http:')) return () => Promise.resolve({ tls: {}, headers: {} });
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, withExecInfo(cluster, user));
  return async () => {
    const options: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (cause) {
      throw loginError(user, cause);
    }
    return { tls: tlsOf(options), headers: headersOf(options) };
  };
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsMaterial {
  return {
    ...pem('ca', ca),
    ...pem('cert', cert),
    ...pem('key', key),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function pem<K extends string>(key: K, value: unknown): Partial<Record<K, string>>;
function pem(key: string, value: unknown): Record<string, string> {
  if (typeof value === 'string') return { [key]: value };
  return Buffer.isBuffer(value) ? { [key]: value.toString() } : {};
}

function headersOf({ headers, auth }: RequestOptions): Headers {
  const basic =
    typeof auth === 'string' ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : undefined;
  // A token file ends with a line break, which no header may.
  const told = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [name, String(value).trim()]);
  return { ...basic, ...Object.fromEntries(told) };
}
