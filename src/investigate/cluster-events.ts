import { asObject, asString } from '../policy/json.ts';
import type { OwnerReference } from '../report/report.ts';
import type { ClusterLook } from './cluster-look.ts';

/** A Kubernetes Event about one of the objects; foreign texts. */
export interface ClusterEvent {
  readonly object: Pick<OwnerReference, 'kind' | 'namespace' | 'name'>;
  /** RFC 3339 of the last time. */
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

const keptOfEach = 10;

/** The last events of objects, the newest first. The API server forgets them after an hour, where it is not told otherwise. */
export async function eventsOf(objects: readonly OwnerReference[], look: ClusterLook): Promise<ClusterEvent[]> {
  const found: ClusterEvent[] = [];
  for (const { kind, namespace, name } of objects) {
    // Events about what has no namespace are in this one.
    const where = namespace || 'default';
    const selector = encodeURIComponent(`involvedObject.kind=${kind},involvedObject.name=${name}`);
    const seen = await look.list(`/api/v1/namespaces/${encodeURIComponent(where)}/events?fieldSelector=${selector}`, {
      right: `list events in namespace ${where}`,
      unknown: 'what the cluster has said of it lately',
    });
    const read = seen.items.map((event) => {
      const { series, lastTimestamp, eventTime, firstTimestamp, type, reason, message, count } = event;
      const times = [asObject(series)['lastObservedTime'], lastTimestamp, eventTime, firstTimestamp];
      return {
        object: { kind, namespace, name },
        time: times.map(asString).find((time) => time !== '') ?? '',
        type: asString(type),
        reason: asString(reason),
        message: asString(message).slice(0, 1_000),
        count: typeof count === 'number' ? count : 1,
      };
    });
    found.push(...read.toSorted(newestFirst).slice(0, keptOfEach));
  }
  return found.toSorted(newestFirst);
}

function newestFirst(one: ClusterEvent, other: ClusterEvent): number {
  return one.time < other.time ? 1 : one.time > other.time ? -1 : 0;
}
