import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { isOfConnection } from './connection-lost.ts';
import { knownKind, uidOf } from './kinds.ts';
import { read } from './climb.ts';
import type { PlannedTarget } from './plan.ts';
import { podsOf } from './pods-of.ts';
import type { RightAnswer } from './session.ts';
import { describeRight } from './session.ts';

/** What is kept of a target from before its change. */
export interface BackedUpTarget {
  /** Name of its folder. */
  readonly folder: string;
  readonly object: JsonObject;
  /** Its pods' owners between it and them, and itself. */
  readonly chain: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  /** Events, or why there are none. */
  readonly events: unknown;
  /** Images by container of each pod, with the digest that runs. */
  readonly images: readonly RunningImage[];
  readonly rights: readonly { readonly right: string; readonly allowed: boolean }[];
  /** Pods that are ended and that nothing makes anew, with everything. */
  readonly whole: readonly JsonObject[];
}

export interface RunningImage {
  readonly pod: string;
  readonly container: string;
  readonly image: string;
  readonly imageId: string;
}

/**
 * Reads what is kept of a target; the index is its place in the plan.
 * @throws {ApiError} where something cannot be read but the events, which may be denied
 */
export async function readBackup(
  client: Pick<ApiClient, 'request'>,
  index: number,
  { object: reference, changes }: PlannedTarget,
  answers: readonly RightAnswer[],
): Promise<BackedUpTarget> {
  const kind = knownKind(reference);
  if (kind === undefined) throw new Error(`${reference.kind} is no kind that is changed`);
  const object = await read(client, kind, reference);
  if (typeof object === 'string') throw new Error(`the backup cannot be made: ${object}`);
  const { pods, jobs } = await podsOf(client, object, kind);
  const bare = new Set(changes.flatMap((change) => ('isBare' in change && change.isBare ? [change.uid] : [])));
  return {
    folder: `${String(index + 1).padStart(2, '0')}-${reference.kind.toLowerCase()}-${reference.name}`.slice(0, 120),
    object,
    chain: [...jobs, object],
    pods,
    events: await eventsOf(client, reference.namespace, uidOf(object)),
    images: pods.flatMap(imagesOf),
    rights: answers.map(({ right, allowed }) => ({ right: describeRight(right), allowed })),
    whole: pods.filter((pod) => bare.has(uidOf(pod))),
  };
}

async function eventsOf(client: Pick<ApiClient, 'request'>, namespace: string, uid: string): Promise<unknown> {
  const selector = encodeURIComponent(`involvedObject.uid=${uid}`);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?fieldSelector=${selector}&limit=100`;
  try {
    return (await client.request('GET', path)).body['items'];
  } catch (error) {
    if (!(error instanceof ApiError) || isOfConnection(error)) throw error;
    return { notSeen: error.message };
  }
}

function imagesOf(pod: JsonObject): RunningImage[] {
  const status = asObject(pod['status']);
  const name = asString(asObject(pod['metadata'])['name']);
  return ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'].flatMap((list) =>
    asList(status[list]).map((entry) => {
      const { name: container, image, imageID } = asObject(entry);
      return { pod: name, container: asString(container), image: asString(image), imageId: asString(imageID) };
    }),
  );
}
