import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { Investigation } from '../investigate/investigation.ts';
import { asObject, asString } from '../policy/json.ts';
import type { ListenAction } from '../telemetry/listen-metrics.ts';

/** What a namespace opts in to, by this label; any other value is nothing. */
export const optInLabel = 'seawall.dev/on-alert';
/** On a pod that was annotated: the id of the case. */
export const caseAnnotation = 'seawall.dev/case';

/** Automatic actions in one hour, of the whole process: a flood of forged or wrong alerts must not empty a cluster. */
export const maxActionsPerHour = 10;

/** The last actions, for the limit. */
export interface ActionBudget {
  /** Whether one more may be taken; counts it. */
  readonly take: (nowMs: number) => boolean;
}

export function createActionBudget(max = maxActionsPerHour): ActionBudget {
  let times: readonly number[] = [];
  return {
    take: (nowMs) => {
      times = times.filter((time) => nowMs - time < 3_600_000);
      if (times.length >= max) return false;
      times = [...times, nowMs];
      return true;
    },
  };
}

/**
 * Annotates or evicts a pod, where its namespace has opted in, and nothing else ever. An alert alone does not suffice: the
 * pod must be there, by its uid, run a known tool with host access, and be what the policy refuses. Eviction honours
 * budgets; what controls the pod makes another, which admission then judges.
 * @throws {ApiError} where the cluster refuses
 */
export async function act(
  client: Pick<ApiClient, 'request'>,
  id: string,
  found: Investigation,
  budget: ActionBudget,
  nowMs: number,
): Promise<ListenAction> {
  const { object, state, alarm, verdict } = found;
  if (object?.kind !== 'Pod' || object.uid === undefined || state !== 'running') return 'not allowed';
  if (alarm !== 'critical' || verdict?.refused !== true || isStatic(found)) return 'not allowed';
  const namespace = encodeURIComponent(object.namespace);
  const { body } = await client.request('GET', `/api/v1/namespaces/${namespace}`);
  const labels = asObject(asObject(body['metadata'])['labels']);
  const wanted = Object.hasOwn(labels, optInLabel) ? asString(labels[optInLabel]) : '';
  if (wanted !== 'annotate' && wanted !== 'evict') return 'not opted in';
  if (!budget.take(nowMs)) return 'too many';
  const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(object.name)}`;
  const { uid } = object;
  await client.request('PATCH', path, {
    contentType: 'application/merge-patch+json',
    // The uid in the patch: of another pod of the name it is refused, as a field that cannot change.
    body: { metadata: { uid, annotations: { [caseAnnotation]: id } } },
  });
  if (wanted === 'annotate') return 'annotated';
  try {
    await client.request('POST', `${path}/eviction`, {
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: object.name, namespace: object.namespace },
        deleteOptions: { preconditions: { uid } },
      },
    });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'too-many-requests') return 'annotated';
    throw error;
  }
  return 'evicted';
}

function isStatic({ owners }: Investigation): boolean {
  return owners[0]?.reference.kind === 'Node';
}
