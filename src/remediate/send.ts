import type { ApiClient } from '../cluster/api.ts';
import type { ApiError } from '../cluster/api.ts';
import type { JsonObject } from '../policy/finding.ts';
import { plainLine } from '../telemetry/plain-line.ts';
import type { Change, FieldChange, PodEnd, SentOperation } from './change.ts';
import { changePatch } from './change.ts';
import { isOfSeveralBudgets } from './connection-lost.ts';
import type { KnownKind } from './kinds.ts';
import { collectionPath, knownKind, objectPath, resourceVersionOf } from './kinds.ts';

export type Writer = Pick<ApiClient, 'request'>;

/** Who owns the fields that a remediation writes. */
export const fieldManager = 'seawall-remediate';

export interface SendOptions {
  readonly caseId: string;
  /** Webhooks, budgets and validation are asked, and nothing is changed. */
  readonly dryRun: boolean;
}

/**
 * Makes one change of the object as it was read just now; an object in another state is a conflict.
 * @returns the object as it is then; undefined for a pod that is being ended
 * @throws {ApiError}
 */
export async function send(
  client: Writer,
  change: Change,
  live: JsonObject | undefined,
  options: SendOptions,
): Promise<JsonObject | undefined> {
  const kind = kindOf(change);
  switch (change.kind) {
    case 'patch':
      return sendPatch(client, change, changePatch(change, live ?? {}, options.caseId), options.dryRun);
    case 'evict':
      await client.request('POST', `${objectPath(kind, change.object)}/eviction${query(options.dryRun)}`, {
        body: eviction(change, options.dryRun),
      });
      return undefined;
    case 'delete':
      await client.request('DELETE', objectPath(kind, change.object), {
        body: deletion(change.uid, live, options.dryRun),
      });
      return undefined;
    case 'create':
      return (
        await client.request('POST', `${collectionPath(kind, change.object.namespace)}${query(options.dryRun)}`, {
          body: change.manifest,
        })
      ).body;
  }
}

/** Sends an RFC 6902 document. */
export async function sendPatch(
  client: Writer,
  change: FieldChange,
  patch: readonly SentOperation[],
  dryRun: boolean,
): Promise<JsonObject> {
  const kind = kindOf(change);
  const { body } = await client.request('PATCH', `${objectPath(kind, change.object)}${query(dryRun)}`, {
    contentType: 'application/json-patch+json',
    body: patch,
  });
  return { apiVersion: kind.apiVersion, kind: kind.kind, ...body };
}

function query(dryRun: boolean): string {
  return `?fieldManager=${fieldManager}&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
}

function eviction({ object, uid }: PodEnd, dryRun: boolean): JsonObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: object.name, namespace: object.namespace },
    deleteOptions: { preconditions: { uid }, ...(dryRun && { dryRun: ['All'] }) },
  };
}

/**
 * The options of a delete. A dry run must be asked for in here: beside a body the query is not read, and the object would be
 * gone. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go (DeleteResource).
 */
export function deletion(uid: string, live: JsonObject | undefined, dryRun: boolean): JsonObject {
  const resourceVersion = live === undefined ? {} : { resourceVersion: resourceVersionOf(live) };
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid, ...resourceVersion },
    ...(dryRun && { dryRun: ['All'] }),
  };
}

export function kindOf({ object }: Pick<Change, 'object'>): KnownKind {
  const kind = knownKind(object);
  // A plan's reader lets no other through.
  if (kind === undefined) throw new Error(`${object.kind} is no kind that is changed`);
  return kind;
}

/** Why a change was refused, for a person; nothing is ever forced. */
export function refusalOf(error: ApiError, change: Change): string {
  const words = [error.message, ...error.causes].join('; ');
  if (change.kind !== 'evict') return words;
  if (error.code === 'too-many-requests') {
    const budget = error.causes.length > 0 ? error.causes.join('; ') : error.message;
    return `a disruption budget holds the pod, and it is not forced: ${budget}; try again when more replicas are healthy, or ask the owner of the budget`;
  }
  if (isOfSeveralBudgets(error)) {
    return `several disruption budgets select the pod, and no eviction works then: ${plainLine(error.message)}; leave it in one of them (kubectl -n ${change.object.namespace} get pdb)`;
  }
  return words;
}
