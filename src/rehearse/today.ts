import { isMirrorPod, isRunning } from '../audit/life.ts';
import { controllerOf } from '../audit/owners.ts';
import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { ListOptions } from '../cluster/list.ts';
import { listPages } from '../cluster/list.ts';
import type { JsonObject, ObjectReference } from '../policy/finding.ts';
import { asObject, asString, valueAt } from '../policy/json.ts';
import type { Unseen } from '../report/report.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { KnownKind } from '../remediate/kinds.ts';
import { podMetadata, referenceOf, targetKinds } from '../remediate/kinds.ts';

/** A workload of today, and the pod that it makes. */
export interface Workload {
  readonly owner: ObjectReference;
  readonly pod: JsonObject;
}

/**
 * The root owners of pods that a built-in controller knows, and pods that nothing owns. A workload that another makes is left
 * out, since its maker is there; one that an operator makes is in.
 * @throws {ApiError} where the server does not answer
 */
export async function* workloadsOfToday(
  client: Pick<ApiClient, 'request'>,
  namespace: string | undefined,
  list: ListOptions,
  unseen: Unseen[],
): AsyncGenerator<Workload> {
  for (const kind of targetKinds) {
    try {
      for await (const { items } of listPages(client, pathOf(kind, namespace), list)) {
        for (const item of items) {
          if (isOfToday(kind, item)) yield { owner: referenceOf(item, kind), pod: podOf(kind, item) };
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError) || (error.code !== 'forbidden' && error.code !== 'not-found')) throw error;
      unseen.push({ what: kind.resource, reason: reasonOf(error), unknown: `what would become of each ${kind.kind}` });
    }
  }
}

function pathOf({ apiVersion, resource }: KnownKind, namespace: string | undefined): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
}

const makers: ReadonlySet<string> = new Set(['Deployment', 'CronJob', 'ReplicaSet', 'Job']);

function isOfToday(kind: KnownKind, item: JsonObject): boolean {
  const controller = controllerOf(item);
  if (kind.kind === 'Pod') return controller === undefined && isRunning(item) && !isMirrorPod(item, controller);
  return controller === undefined || !makers.has(controller.kind);
}

/** What the API server writes into a spec of its own; another would refuse it, or it says where the pod ran. */
const placed: ReadonlySet<string> = new Set(['nodeName']);

/** The pod as its controller would send it; its account is named, since exemptions go by it. */
export function podOf(kind: KnownKind, object: JsonObject): JsonObject {
  const { namespace, name } = referenceOf(object, kind);
  const { labels, annotations } = podMetadata(kind, object);
  const spec = Object.entries(asObject(valueAt(object, kind.podSpec))).filter(([field]) => !placed.has(field));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name: asString(name),
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
    },
    spec: Object.fromEntries(spec),
  };
}
