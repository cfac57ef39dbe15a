import type { ApiClient, JsonObject } from '../cluster/api.ts';
import { startReflector } from '../cluster/reflector.ts';

export interface WatchedObjectOptions {
  readonly client: ApiClient;
  /** Path of its collection. */
  readonly collection: string;
  readonly name: string;
  /** Given the object whenever it may have changed; undefined where it does not exist. */
  readonly onObject: (object: JsonObject | undefined) => void;
  /** Told why it cannot be watched; that goes on. */
  readonly onTrouble: (error: unknown) => void;
}

export interface WatchedObject {
  /** Whether it was seen once. */
  readonly synced: () => boolean;
  readonly stop: () => Promise<void>;
}

/**
 * Watches one object by its name, so that the right to do so can be given for that name alone.
 * Source: kubernetes.io/docs/reference/access-authn-authz/rbac, "Referring to resources": a list or watch with
 * fieldSelector metadata.name is authorised by resourceNames.
 */
export function watchObject({ client, collection, name, onObject, onTrouble }: WatchedObjectOptions): WatchedObject {
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  let listed: JsonObject | undefined;
  let synced = false;
  const reflector = startReflector({
    client,
    path: `${collection}?${query.toString()}`,
    onListBegin: () => (listed = undefined),
    onPage: (items) => (listed = items[0] ?? listed),
    onListEnd: () => {
      synced = true;
      onObject(listed);
    },
    onEvent: (type, object) => onObject(type === 'DELETED' ? undefined : object),
    onError: onTrouble,
  });
  return { synced: () => synced, stop: reflector.stop };
}
