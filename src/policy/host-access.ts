import { readGrant } from './capabilities.ts';
import type { JsonObject } from './finding.ts';
import { readHostPath } from './host-paths.ts';
import { asList, asObject, asString } from './json.ts';
import type { ContainerView, HostAccess } from './pod-spec.ts';

const nothing: HostAccess = Object.freeze([]);

/** The host access of a pod that is not at hand; as one value, so that it can be told from what a manifest says. */
export const unknownHostAccess: HostAccess = Object.freeze(['not known']);

/** Capabilities that reach the host's network or kernel from inside a container of its own namespaces. */
export const accessCapabilities: ReadonlySet<string> = new Set(['ALL', 'NET_RAW', 'NET_ADMIN', 'SYS_ADMIN']);

/** What a pod spec and its containers give of the host, named as a reader of the manifest would; empty for nothing. */
export function hostAccessOf(spec: JsonObject, containers: readonly ContainerView[]): HostAccess {
  const found: string[] = [];
  if (spec['hostNetwork'] === true) found.push('hostNetwork');
  if (spec['hostPID'] === true) found.push('hostPID');
  if (spec['securityContext'] !== undefined && isHostProcess(spec['securityContext'])) found.push('hostProcess');
  if (spec['volumes'] !== undefined) addHostPaths(spec['volumes'], found);
  for (const container of containers) addContainerAccess(container, found);
  return found.length === 0 ? nothing : found.length === 1 ? found : inOrder(found);
}

/**
 * Most names of one pod that are kept: one more than a message tells, flags first. A hostile pod has thousands, and each of
 * its containers may ask for them.
 */
const keptNames = 5;

/** Each once, in an order that does not depend on that of containers and volumes: flags, capabilities, paths. */
export function inOrder(access: readonly string[]): HostAccess {
  const rank = (name: string): number => (name.startsWith('hostPath ') ? 2 : /^[A-Z]/.test(name) ? 1 : 0);
  const before = (one: string, other: string): number => rank(one) - rank(other) || (one < other ? -1 : 1);
  // Never more than are kept at a time: to sort thousands takes longer than all else that is done with a pod.
  const kept: string[] = [];
  for (const name of access) {
    const last = kept.at(-1);
    if (kept.length === keptNames && last !== undefined && before(name, last) >= 0) continue;
    if (kept.includes(name)) continue;
    kept.push(name);
    kept.sort(before);
    if (kept.length > keptNames) kept.pop();
  }
  return kept;
}

/** Whether a security context, of a pod or of a container, asks for a Windows host process. */
export function isHostProcess(securityContext: unknown): boolean {
  return asObject(asObject(securityContext)['windowsOptions'])['hostProcess'] === true;
}

function addHostPaths(volumes: unknown, found: string[]): void {
  for (const volume of asList(volumes)) {
    const hostPath = asObject(volume)['hostPath'];
    if (hostPath === undefined) continue;
    const path = asString(asObject(hostPath)['path']);
    if (path === '') continue;
    const { cleaned, givesHostAccess } = readHostPath(path);
    if (givesHostAccess) found.push(`hostPath ${cleaned}`);
  }
}

function addContainerAccess({ securityContext, capabilities }: ContainerView, found: string[]): void {
  if (securityContext['privileged'] === true) found.push('privileged');
  if (securityContext['windowsOptions'] !== undefined && isHostProcess(securityContext)) found.push('hostProcess');
  for (const entry of asList(capabilities['add'])) {
    if (typeof entry !== 'string') continue;
    const { name } = readGrant(entry);
    if (accessCapabilities.has(name)) found.push(name);
  }
}
