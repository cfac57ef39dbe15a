import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Investigation } from '../investigate/investigation.ts';
import type { OwnerReference } from '../report/report.ts';
import { plainLine } from '../telemetry/plain-line.ts';

/** What an Event is about: the root owner, the pod, or the node. */
export function concernOf({ owners, object, node }: Investigation): OwnerReference | undefined {
  const root = owners.findLast(({ state }) => state === 'found')?.reference ?? object;
  if (root !== undefined) return root;
  return node === '' ? undefined : { apiVersion: 'v1', kind: 'Node', namespace: '', name: node };
}

/**
 * Makes a Kubernetes Event about what a case concerns; its name is that of the case, so that there is one.
 * Source: k8s.io/api core/v1 Event; Events about what has no namespace are in `default`.
 * @throws {ApiError} where it is refused
 */
export async function emitEvent(
  client: Pick<ApiClient, 'request'>,
  id: string,
  found: Investigation,
  nowMs: number,
): Promise<void> {
  const concern = concernOf(found);
  if (concern === undefined) return;
  const { apiVersion, kind, namespace, name, uid } = concern;
  const where = namespace || 'default';
  const time = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `seawall-case-${id}`, namespace: where },
    involvedObject: {
      apiVersion,
      kind,
      name,
      ...(namespace !== '' && { namespace }),
      ...(uid !== undefined && { uid }),
    },
    ...wordsOfEvent(id, found),
    type: 'Warning',
    source: { component: 'seawall-listen' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
  try {
    await client.request('POST', `/api/v1/namespaces/${encodeURIComponent(where)}/events`, { body });
  } catch (error) {
    // A crash after the Event and before the outcome: it is there already.
    if (!(error instanceof ApiError) || error.code !== 'conflict') throw error;
  }
}

/** Reason and message of the Event: a rule of Falco may be about anything, and only a listed tool makes it one of a tool. */
export function wordsOfEvent(
  id: string,
  { headline, tools, event }: Pick<Investigation, 'headline' | 'tools' | 'event'>,
): { readonly reason: string; readonly message: string } {
  if (tools.some((tool) => tool.class !== '')) {
    return { reason: 'SuspiciousNetworkTool', message: plainLine(`${headline} (Seawall case ${id})`, 900) };
  }
  const rule = event === undefined ? '' : `Falco rule "${event.rule.slice(0, 200)}": `;
  return { reason: 'FalcoEvent', message: plainLine(`${rule}${headline} (Seawall case ${id})`, 900) };
}
