import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Patience } from '../cluster/patience.ts';
import { getPatiently } from '../cluster/patience.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import { builtInKinds } from '../policy/workload-kinds.ts';
import type { Unseen } from '../report/report.ts';
import { reasonOf } from '../telemetry/reason.ts';

/** A kind that the API server serves and that pods may come from. */
export interface WorkloadResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** What the API server serves of the kinds that the policy judges. */
export interface WorkloadResources {
  readonly resources: readonly WorkloadResource[];
  readonly unseen: readonly Unseen[];
}

/** Served by every API server; if discovery does not answer, these are asked for all the same. */
const core: readonly WorkloadResource[] = [
  { group: '', version: 'v1', kind: 'PodTemplate', resource: 'podtemplates', namespaced: true },
  { group: '', version: 'v1', kind: 'ReplicationController', resource: 'replicationcontrollers', namespaced: true },
];

export const podResource: WorkloadResource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  resource: 'pods',
  namespaced: true,
};

/** apps/v1 or v1. */
export function apiVersionOf({ group, version }: Pick<WorkloadResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** deployments.apps, as a role names it. */
export function fullName({ group, resource }: WorkloadResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** The path of a kind's collection, in one namespace or in all. */
export function collectionPath(resource: WorkloadResource, namespace: string | undefined): string {
  const { group, version, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === undefined || !namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${resource.resource}`;
}

/**
 * The kinds that the policy knows a place for pods in, of those that the API server serves. In one version each: every
 * version of a kind holds the same objects.
 */
export async function workloadResources(
  client: ApiClient,
  policy: Policy,
  patience: Patience,
): Promise<WorkloadResources> {
  const kinds = [...builtInKinds, ...policy.kinds.map(({ group, kind }) => `${group}/${kind}`)];
  const wanted = new Map<string, Set<string>>();
  for (const name of kinds) {
    const slash = name.indexOf('/');
    const group = name.slice(0, slash);
    if (group !== '') wanted.set(group, (wanted.get(group) ?? new Set()).add(name.slice(slash + 1)));
  }
  let served: ReadonlyMap<string, readonly string[]>;
  try {
    served = await servedGroups(client, patience);
  } catch (error) {
    if (!isOfOneRequest(error)) throw error;
    const unknown = 'which workload kinds there are; only pods and the kinds of v1 were read';
    return { resources: core, unseen: [{ what: 'API groups', reason: reasonOf(error), unknown }] };
  }
  const resources = [...core];
  const unseen: Unseen[] = [];
  for (const [group, ofGroup] of wanted) {
    const missing = new Set(ofGroup);
    for (const version of served.get(group) ?? []) {
      if (missing.size === 0) break;
      try {
        for (const resource of await resourcesOf(client, group, version, patience)) {
          if (missing.delete(resource.kind)) resources.push(resource);
        }
      } catch (error) {
        if (!isOfOneRequest(error)) throw error;
        if (error.code === 'not-found') continue;
        const unknown = `templates of ${[...missing].join(', ')}`;
        unseen.push({ what: `API group ${group}/${version}`, reason: reasonOf(error), unknown });
      }
    }
  }
  return { resources, unseen };
}

/** Whether others may succeed where this one failed: a server that does not answer, or takes us for nobody, ends it all. */
export function isOfOneRequest(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  return error.code !== 'cancelled' && error.code !== 'unauthorized' && error.code !== 'unreachable';
}

/** The versions of each group, the preferred one first. Source: k8s.io/apimachinery pkg/apis/meta/v1 APIGroupList. */
async function servedGroups(client: ApiClient, patience: Patience): Promise<ReadonlyMap<string, readonly string[]>> {
  const body = await getPatiently(client, '/apis', patience);
  return new Map(
    asList(body['groups']).map((group) => {
      const { name, versions, preferredVersion } = asObject(group);
      const preferred = asString(asObject(preferredVersion)['version']);
      const all = asList(versions).map((each) => asString(asObject(each)['version']));
      return [asString(name), [...new Set([preferred, ...all])].filter((version) => version !== '')] as const;
    }),
  );
}

/** The kinds of one group and version that can be listed. Source: k8s.io/apimachinery pkg/apis/meta/v1 APIResourceList. */
async function resourcesOf(
  client: ApiClient,
  group: string,
  version: string,
  patience: Patience,
): Promise<WorkloadResource[]> {
  const body = await getPatiently(client, `/apis/${group}/${version}`, patience);
  return asList(body['resources']).flatMap((entry) => {
    const { name, kind, namespaced, verbs } = asObject(entry);
    const resource = asString(name);
    if (resource === '' || resource.includes('/') || !asList(verbs).includes('list')) return [];
    return [{ group, version, kind: asString(kind), resource, namespaced: namespaced === true }];
  });
}
