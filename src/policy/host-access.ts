import { readGrant } from './capabilities.ts';
import type { JsonObject } from './finding.ts';
import { cleanHostPath, givesHostAccess } from './host-paths.ts';
import { asList, asObject, asString } from './json.ts';
import type { ContainerView, HostAccess } from './pod-spec.ts';

const nothing: HostAccess = Object.freeze([]);

/** Capabilities that reach the host's network or kernel from inside a container of its own namespaces. */
const accessCapabilities: ReadonlySet<string> = new Set(['ALL', 'NET_RAW', 'NET_ADMIN', 'SYS_ADMIN']);

/** What a pod spec and its containers give of the host, named as a reader of the manifest would; empty for nothing. */
export function hostAccessOf(spec: JsonObject, containers: readonly ContainerView[]): HostAccess {
  const found = new Set<string>();
  if (spec['hostNetwork'] === true) found.add('hostNetwork');
  if (spec['hostPID'] === true) found.add('hostPID');
  if (isHostProcess(spec['securityContext'])) found.add('hostProcess');
  addHostPaths(spec['volumes'], found);
  for (const { value } of containers) addContainerAccess(value, found);
  return found.size === 0 ? nothing : [...found];
}

/** Whether a security context, of a pod or of a container, asks for a Windows host process. */
export function isHostProcess(securityContext: unknown): boolean {
  return asObject(asObject(securityContext)['windowsOptions'])['hostProcess'] === true;
}

function addHostPaths(volumes: unknown, found: Set<string>): void {
  for (const volume of asList(volumes)) {
    const hostPath = asObject(volume)['hostPath'];
    if (typeof hostPath !== 'object' || hostPath === null) continue;
    const path = asString(asObject(hostPath)['path']);
    if (path === '') continue;
    const cleaned = cleanHostPath(path);
    if (givesHostAccess(cleaned)) found.add(`hostPath ${cleaned}`);
  }
}

function addContainerAccess(container: JsonObject, found: Set<string>): void {
  const securityContext = container['securityContext'];
  if (securityContext === undefined) return;
  const fields = asObject(securityContext);
  if (fields['privileged'] === true) found.add('privileged');
  if (isHostProcess(fields)) found.add('hostProcess');
  for (const entry of asList(asObject(fields['capabilities'])['add'])) {
    if (typeof entry !== 'string') continue;
    const { name } = readGrant(entry);
    if (accessCapabilities.has(name)) found.add(name);
  }
}
