import type { ApiClient, ApiErrorCode } from '../cluster/api.ts';
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
  | { readonly state: 'refused'; readonly reason: string }
  /** It said neither yes nor no: a webhook that it waits for is away, it is overloaded, or it did not answer in time. */
  | { readonly state: 'unanswered'; readonly reason: string };

/** What another pod may be answered although this one was not: a webhook that is away is asked about some pods only. */
const unanswered: ReadonlySet<ApiErrorCode> = new Set([
  'server-error',
  'too-many-requests',
  'timeout',
  'unreachable',
  'broken-off',
  'not-understood',
  'conflict',
]);

/**
 * Sends a pod as a server dry run into another namespace: its webhooks, Pod Security and quota answer, and nothing is made.
 * The pod's account and its token volume are left out, since they are not there, and so are debug containers, which no pod is
 * made with; whatever else it names is not looked up at this moment.
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
    if (error.code === 'forbidden' || error.code === 'invalid') return { state: 'refused', reason: error.message };
    if (unanswered.has(error.code)) return { state: 'unanswered', reason: error.message };
    // Anything else is no word on any pod: credentials that ended, a namespace that is not there.
    throw error;
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

/** Of the account, or what no new pod may have. */
const leftOut: ReadonlySet<string> = new Set(['serviceAccountName', 'serviceAccount', 'ephemeralContainers']);

function inScratch(pod: JsonObject, namespace: string): JsonObject {
  const { labels, annotations } = asObject(pod['metadata']);
  const spec = Object.entries(withoutToken(asObject(pod['spec']))).filter(([field]) => !leftOut.has(field));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'seawall-rehearse-', namespace, labels, annotations },
    spec: { ...Object.fromEntries(spec), automountServiceAccountToken: false },
  };
}

/**
 * Where the ServiceAccount plug-in mounts a token, and how it names the volume.
 * Source: k8s.io/kubernetes plugin/pkg/admission/serviceaccount
 */
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenVolume = /^kube-api-access-[a-z0-9]{5}$/;

/** A pod's spec as it was before the server added a token. A volume that its author named so and mounts elsewhere stays. */
function withoutToken(spec: JsonObject): JsonObject {
  const lists = ['initContainers', 'containers'].filter((list) => Array.isArray(spec[list]));
  const mounts = lists.flatMap((list) => asList(spec[list]).flatMap((each) => asList(asObject(each)['volumeMounts'])));
  const elsewhere = new Set(
    mounts.map(asObject).flatMap(({ name, mountPath }) => (mountPath === tokenPath ? [] : [asString(name)])),
  );
  const isToken = (value: unknown): boolean => {
    const name = asString(asObject(value)['name']);
    return tokenVolume.test(name) && !elsewhere.has(name);
  };
  const without = (value: JsonObject, field: string): JsonObject =>
    Array.isArray(value[field]) ? { ...value, [field]: asList(value[field]).filter((each) => !isToken(each)) } : value;
  const containers = lists.map(
    (list) => [list, asList(spec[list]).map((each) => without(asObject(each), 'volumeMounts'))] as const,
  );
  return { ...without(spec, 'volumes'), ...Object.fromEntries(containers) };
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
