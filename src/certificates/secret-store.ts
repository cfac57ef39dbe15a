import type { ApiClient, ApiErrorCode, JsonObject } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import { asObject } from '../policy/json.ts';
import type { SecretContents } from './secret-contents.ts';
import { annotationsOf, replacedAnnotation, rotateAnnotation, secretData } from './secret-contents.ts';

/** Which Secret. */
export interface SecretPlace {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly name: string;
}

export function secretsPath({ namespace }: Pick<SecretPlace, 'namespace'>): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
}

export function secretPath(place: Omit<SecretPlace, 'client'>): string {
  return `${secretsPath(place)}/${encodeURIComponent(place.name)}`;
}

/** The Secret, or undefined where there is none. @throws {ApiError} where that cannot be known */
export async function readSecretObject(place: SecretPlace): Promise<JsonObject | undefined> {
  try {
    return (await place.client.request('GET', secretPath(place))).body;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Who was first: `lost` where another writer was, and what is there now must be read again. */
export type WriteResult = 'written' | 'lost';

/** Makes the Secret, unless it is there. */
export async function createSecret(place: SecretPlace, contents: SecretContents): Promise<WriteResult> {
  const { name, namespace } = place;
  const labels = { 'app.kubernetes.io/name': 'seawall', 'app.kubernetes.io/managed-by': 'seawall' };
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels },
    type: 'Opaque',
    data: secretData(contents),
  };
  return written(() => place.client.request('POST', secretsPath(place), { body }), ['conflict']);
}

/**
 * Replaces the contents of the Secret, unless it has changed since it was read. What others put into it stays.
 * @param before - the object as it was read
 * @param replaced - why its contents were thrown away, where they were; kept as an annotation
 */
export async function updateSecret(
  place: SecretPlace,
  before: JsonObject,
  contents: SecretContents,
  replaced?: string,
): Promise<WriteResult> {
  const body = {
    ...before,
    metadata: {
      ...asObject(before['metadata']),
      annotations: {
        ...annotationsOf(before),
        [rotateAnnotation]: contents.rotateRequested ? annotationsOf(before)[rotateAnnotation] : undefined,
        ...(replaced === undefined ? {} : { [replacedAnnotation]: replaced }),
      },
    },
    data: { ...asObject(before['data']), ...secretData(contents) },
  };
  // 404: it was deleted meanwhile.
  return written(() => place.client.request('PUT', secretPath(place), { body }), ['conflict', 'not-found']);
}

async function written(write: () => Promise<unknown>, lost: readonly ApiErrorCode[]): Promise<WriteResult> {
  try {
    await write();
    return 'written';
  } catch (error) {
    if (error instanceof ApiError && lost.includes(error.code)) return 'lost';
    throw error;
  }
}
