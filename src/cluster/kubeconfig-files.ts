import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Cluster, Context, KubeConfig, User } from '@kubernetes/client-node';
import { plainLine } from '../telemetry/plain-line.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { isObject } from '../policy/json.ts';
import { CredentialsError } from './credentials-error.ts';

/** The variables that lead to kubeconfig files. */
export interface KubeconfigEnv {
  /** Files, as PATH lists folders. */
  readonly KUBECONFIG?: string | undefined;
  readonly HOME?: string | undefined;
  readonly USERPROFILE?: string | undefined;
}

/** What the files say together. */
export interface KubeconfigEntries {
  /** The files that were read, for messages. */
  readonly files: string;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly users: ReadonlyMap<string, User>;
  readonly contexts: ReadonlyMap<string, Context>;
  readonly currentContext: string | undefined;
}

/** The files that may exist, in the order of kubectl: --kubeconfig, KUBECONFIG, ~/.kube/config. */
export function kubeconfigPaths(named: string | undefined, env: KubeconfigEnv): readonly string[] {
  if (named !== undefined) return [named];
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return listed;
  const home = env.HOME ?? env.USERPROFILE ?? '';
  return home === '' ? [] : [join(home, '.kube', 'config')];
}

/**
 * Reads the files that exist; of two entries with one name the first counts, as the first current-context does.
 * Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 * @throws {CredentialsError} where none exists, or one cannot be read
 */
export async function readKubeconfigs(paths: readonly string[]): Promise<KubeconfigEntries> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const clusters = new Map<string, Cluster>();
  const users = new Map<string, User>();
  const contexts = new Map<string, Context>();
  let currentContext: string | undefined;
  const read: string[] = [];
  for (const path of paths) {
    const text = await readIfThere(path);
    if (text === undefined) continue;
    read.push(path);
    if (text.trim() === '') continue;
    const config = parse(path, text, new KubeConfig());
    addNew(clusters, config.clusters);
    addNew(
      users,
      config.users.map((user) => withCommandBeside(path, user)),
    );
    addNew(contexts, config.contexts);
    // Untyped there, and absent from many files.
    const current: unknown = config.currentContext;
    if (currentContext === undefined && typeof current === 'string' && current !== '') currentContext = current;
  }
  if (read.length > 0) return { files: read.join(', '), clusters, users, contexts, currentContext };
  throw new CredentialsError('no-cluster', `${noKubeconfig(paths)}; name one (--kubeconfig)`);
}

/** Why there is no kubeconfig, as part of a sentence. */
export function noKubeconfig(paths: readonly string[]): string {
  return paths.length === 0 ? 'neither KUBECONFIG nor HOME is set' : `there is no kubeconfig ${paths.join(', ')}`;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isObject(cause) && cause['code'] === 'ENOENT') return undefined;
    throw new CredentialsError('unreadable', `the kubeconfig ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function parse(path: string, text: string, config: KubeConfig): KubeConfig {
  try {
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(path));
    return config;
  } catch (cause) {
    // The message of the YAML reader quotes the lines around, which may be a token; its reason does not.
    const reason = isObject(cause) && typeof cause['reason'] === 'string' ? cause['reason'] : reasonOf(cause);
    throw new CredentialsError('unreadable', `the kubeconfig ${path} cannot be read: ${plainLine(reason, 300)}`);
  }
}

function addNew<T extends { readonly name: string }>(known: Map<string, T>, entries: readonly T[]): void {
  for (const entry of entries) if (!known.has(entry.name)) known.set(entry.name, entry);
}

/** The user with a relative command of its plug-in, as ./login, seen from the folder of the file, as kubectl sees it. */
function withCommandBeside(path: string, user: User): User {
  const exec: unknown = user.exec;
  if (typeof exec !== 'object' || exec === null || !('command' in exec) || typeof exec.command !== 'string')
    return user;
  const { command } = exec;
  if (isAbsolute(command) || !/[/\\]/.test(command)) return user;
  return { ...user, exec: { ...exec, command: join(dirname(path), command) } };
}
