import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { askForRights } from '../remediate/session.ts';
import { canonicalJson } from '../remediate/spec-hash.ts';

/** What a server says to a pod that is only tried. */
export type ServerAnswer =
  | { readonly state: 'taken' }
  /** Containers come back with other rights than they were sent with. */
  | { readonly state: 'repaired'; readonly containers: readonly string[] }
  | { readonly state: 'refused'; readonly reason: string };

/**
 * Sends a pod as a server dry run into another namespace: its webhooks, Pod Security and quota answer, and nothing is made.
 * The pod's account and its token volume are left out, since they are not there; whatever else it names is not looked up at
 * this moment.
 * @throws {ApiError} where the server cannot be asked
 */
export async function replay(
  client: Pick<ApiClient, 'request'>,
  pod: JsonObject,
  scratch: string,
): Promise<ServerAnswer> {
  const sent = inScratch(pod, scratch);
  const path = `/api/v1/namespaces/${encodeURIComponent(scratch)}/pods?dryRun=All&fieldManager=seawall-rehearse`;
  try {
    const { body } = await client.request('POST', path, { body: sent });
    const containers = changedContainers(asObject(sent['spec']), asObject(body['spec']));
    return containers.length === 0 ? { state: 'taken' } : { state: 'repaired', containers };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Anything else is no word on the pod: a server that is away, a namespace that is not there.
    if (error.code !== 'forbidden' && error.code !== 'invalid') throw error;
    return { state: 'refused', reason: error.message };
  }
}

/**
 * @throws where we may not make pods in the scratch namespace: RBAC's answer to us would be taken for one to each pod
 * @throws {ApiError} where the server cannot be asked
 */
export async function checkStage(client: Pick<ApiClient, 'request'>, scratch: string): Promise<void> {
  const right = { verb: 'create', group: '', resource: 'pods', namespace: scratch };
  const [answer] = await askForRights(client, [right]);
  if (answer?.allowed === true) return;
  throw new Error(
    `the right to create pods in namespace ${scratch} is missing, and a dry run needs it too; have it given, or rehearse without --scratch`,
  );
}

const accountFields: ReadonlySet<string> = new Set(['serviceAccountName', 'serviceAccount']);

function inScratch(pod: JsonObject, namespace: string): JsonObject {
  const { labels, annotations } = asObject(pod['metadata']);
  const spec = Object.entries(asObject(pod['spec'])).filter(([field]) => !accountFields.has(field));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'seawall-rehearse-', namespace, labels, annotations },
    spec: { ...Object.fromEntries(spec), automountServiceAccountToken: false },
  };
}

/** By name, since a webhook may add containers of its own. */
function changedContainers(sent: JsonObject, came: JsonObject): string[] {
  return ['initContainers', 'containers'].flatMap((list) => {
    const after = new Map(
      asList(came[list]).map((each) => [asString(asObject(each)['name']), asObject(each)] as const),
    );
    return asList(sent[list]).flatMap((each) => {
      const { name, securityContext } = asObject(each);
      const now = after.get(asString(name))?.['securityContext'];
      return canonicalJson(now ?? {}) === canonicalJson(securityContext ?? {}) ? [] : [asString(name)];
    });
  });
}
