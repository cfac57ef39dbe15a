import { controllerOf, ownerKey } from '../audit/owners.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import type { OwnerReference } from '../report/report.ts';
import { identityOf } from '../audit/owners.ts';
import type { Cluster } from './gather.ts';
import type { JudgedPod } from './judged-pod.ts';
import { judgePod } from './judged-pod.ts';
import { isName, objectPath, resourceName } from './kinds.ts';
import type { OwnerLink } from './owner-chain.ts';
import { isSameOwner, ownerChain } from './owner-chain.ts';

/** Controllers of pods that are followed upward to find those of one owner. */
const maxControllers = 500;

/** The pods that an owner controls, directly or through others. */
export async function podsOfOwner({ reference, object }: OwnerLink, cluster: Cluster): Promise<JudgedPod[]> {
  const { look, policy, nowMs } = cluster;
  const { namespace } = reference;
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const selector = selectorOf(object);
  const query = selector === '' ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
  const { items } = await look.list(`/api/v1${scope}/pods${query}`, {
    right: namespace === '' ? 'list pods in all namespaces' : `list pods in namespace ${namespace}`,
    unknown: `the pods of ${reference.kind} ${reference.name}`,
  });
  const leads = new Map<string, boolean>();
  const found: JudgedPod[] = [];
  for (const pod of items) {
    const controller = controllerOf(pod);
    if (controller === undefined) continue;
    const key = ownerKey(controller);
    if (!leads.has(key) && leads.size < maxControllers)
      leads.set(key, await leadsTo(pod, controller, reference, cluster));
    if (leads.get(key) === true) found.push(judgePod({ ...pod, apiVersion: 'v1', kind: 'Pod' }, policy, nowMs));
  }
  return found;
}

async function leadsTo(
  pod: JsonObject,
  controller: OwnerReference,
  wanted: OwnerReference,
  cluster: Cluster,
): Promise<boolean> {
  if (isSameOwner(controller, wanted)) return true;
  const chain = await ownerChain(pod, cluster.kinds, cluster.look);
  return chain.some(({ reference }) => isSameOwner(reference, wanted));
}

/** The label selector of an owner, where it is of the simple form that nearly all have. */
function selectorOf(object: JsonObject | undefined): string {
  const selector = asObject(asObject(object?.['spec'])['selector']);
  const labels =
    Object.hasOwn(selector, 'matchLabels') || Object.hasOwn(selector, 'matchExpressions')
      ? asObject(selector['matchLabels'])
      : selector;
  return Object.entries(labels)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** The kinds that name pods after themselves, the likeliest first. */
const namingKinds = [
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['v1', 'ReplicationController'],
] as const;

/** The controller that a pod of this name would have: `web-7d9c-x2x4z` is of `web-7d9c`. No more than a guess. */
export async function ownerByName(
  namespace: string,
  name: string,
  { kinds, look }: Cluster,
): Promise<(OwnerLink & { readonly object: JsonObject }) | undefined> {
  const prefix = name.slice(0, Math.max(0, name.lastIndexOf('-')));
  if (!isName(prefix)) return undefined;
  for (const [apiVersion, kind] of namingKinds) {
    const served = await kinds.ofReference(apiVersion, kind);
    if (served === undefined) continue;
    const seen = await look.get(objectPath(served, namespace, prefix), {
      right: `get ${resourceName(served)} in namespace ${namespace}`,
      unknown: `whether a ${kind} made Pod ${namespace}/${name}`,
    });
    if (seen.state !== 'found') continue;
    const object = { ...seen.object, apiVersion, kind };
    return { reference: identityOf(object, apiVersion, kind), state: 'found', object };
  }
  return undefined;
}

/** RFC 3339; '' where there is none. */
export function createdAt(object: JsonObject | undefined): string {
  return asString(asObject(object?.['metadata'])['creationTimestamp']);
}
