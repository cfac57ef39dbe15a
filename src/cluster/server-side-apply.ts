import type { ApiClient, JsonObject } from './api.ts';

export interface ApplyOptions {
  /** Who owns the fields that are applied, at most 128 characters. */
  readonly fieldManager: string;
  /** Takes fields over that another manager owns; a conflict where it is false. @default false */
  readonly force?: boolean;
  /** Only says what would become of it. @default false */
  readonly dryRun?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Server-side apply: the object has these fields afterwards, those of other managers are left alone, and fields that this
 * manager applied before and leaves out now are removed. A field that the API server does not know is an error.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/
 * @param path - of the object, which is made where it does not exist
 * @param object - with apiVersion, kind and metadata.name; with metadata.resourceVersion it is that version or a conflict
 * @returns the object as it is now
 * @throws {ApiError} `conflict`, whose message names the other manager and the fields
 */
export async function apply(
  client: Pick<ApiClient, 'request'>,
  path: string,
  object: JsonObject,
  { fieldManager, force = false, dryRun = false, timeoutMs, signal }: ApplyOptions,
): Promise<JsonObject> {
  const query = `fieldManager=${encodeURIComponent(fieldManager)}&force=${String(force)}&fieldValidation=Strict`;
  const { body } = await client.request('PATCH', `${path}?${query}${dryRun ? '&dryRun=All' : ''}`, {
    // JSON is YAML.
    contentType: 'application/apply-patch+yaml',
    body: object,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  });
  return body;
}
