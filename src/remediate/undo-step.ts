import { ApiError } from '../cluster/api.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import { describeObject } from '../report/describe.ts';
import type { CaseFolder } from './case-folder.ts';
import { wholePod } from './case-folder.ts';
import type { Change, Creation, FieldChange, PodEnd } from './change.ts';
import { isMade, undoPatch } from './change.ts';
import { isOfConnection } from './connection-lost.ts';
import type { ChangeState } from './journal.ts';
import { collectionPath, objectPath, uidOf } from './kinds.ts';
import type { Operation } from './operation.ts';
import { annotation } from './preconditions.ts';
import { reappliable } from './redact.ts';
import { deletion, fieldManager, kindOf, sendPatch } from './send.ts';
import { specSha256 } from './spec-hash.ts';

/** How a change is taken back: nothing is to be done, it may not be, or this is sent. */
export type UndoStep =
  | { readonly nothing: string }
  | { readonly refusal: string }
  | { readonly send: (dryRun: boolean) => Promise<JsonObject | undefined> };

const insist = 'say --force to take back its own fields all the same';

/**
 * Looks at the object of a change, and dry-runs what would take it back.
 * @throws {ApiError} where the server cannot be asked
 */
export async function undoStepOf(
  operation: Operation,
  folder: CaseFolder,
  change: Change,
  state: ChangeState,
  force: boolean,
): Promise<UndoStep> {
  if (state.state === 'undone') return { nothing: 'taken back already' };
  const live = await liveOf(operation, change);
  if (typeof live === 'string') return { refusal: live };
  switch (change.kind) {
    case 'patch':
      return undoFields(operation, folder, change, live, state, force);
    case 'create':
      return undoCreation(operation, change, live, state);
    case 'evict':
    case 'delete':
      return undoEnd(operation, folder, change, live);
  }
}

async function liveOf({ client }: Operation, change: Change): Promise<JsonObject | undefined | string> {
  const kind = kindOf(change);
  try {
    const { body } = await client.request('GET', objectPath(kind, change.object));
    return { apiVersion: kind.apiVersion, kind: kind.kind, ...body };
  } catch (error) {
    if (!(error instanceof ApiError) || isOfConnection(error)) throw error;
    return error.code === 'not-found' ? undefined : error.message;
  }
}

async function undoFields(
  { client }: Operation,
  { plan }: CaseFolder,
  change: FieldChange,
  live: JsonObject | undefined,
  { afterSha256 }: ChangeState,
  force: boolean,
): Promise<UndoStep> {
  if (live === undefined || uidOf(live) !== change.uid) return { refusal: 'the object was deleted, or made anew' };
  const isOurs = annotation(live) === plan.id;
  const hash = specSha256(live);
  if (!isOurs && hash === change.specSha256) return { nothing: 'it is as it was before' };
  const isAsLeft = isOurs && hash === (afterSha256 ?? hash) && (change.operations.length === 0 || isMade(change, live));
  if (!isAsLeft && !(force && isMade(change, live))) {
    return {
      refusal: `changed since it was applied; ${isMade(change, live) ? insist : 'its own fields too, mend it by hand'}`,
    };
  }
  const send = (dryRun: boolean): Promise<JsonObject> => sendPatch(client, change, undoPatch(change, live), dryRun);
  return rehearsed(send, (after) => {
    if (force || specSha256(after) === change.specSha256) return undefined;
    return `its spec would not be what it was before; ${insist}`;
  });
}

async function undoCreation(
  { client }: Operation,
  change: Creation,
  live: JsonObject | undefined,
  { uid }: ChangeState,
): Promise<UndoStep> {
  if (live === undefined) return { nothing: 'it is gone' };
  if (uid !== undefined && uidOf(live) !== uid) return { refusal: 'it was made anew by someone else' };
  const path = objectPath(kindOf(change), change.object);
  const send = async (dryRun: boolean): Promise<undefined> => {
    await client.request('DELETE', path, { body: deletion(uidOf(live), undefined, dryRun) });
  };
  return rehearsed(send, () => undefined);
}

async function undoEnd(
  { client }: Operation,
  { path }: CaseFolder,
  change: PodEnd,
  live: JsonObject | undefined,
): Promise<UndoStep> {
  if (!change.isBare) return { nothing: 'its controller has made another in its place' };
  if (live !== undefined) {
    if (uidOf(live) === change.uid) return stillThere(live);
    if (specSha256(live) === change.specSha256) return { nothing: 'it was made again' };
    return { refusal: `another pod has its name: ${describeObject(change.object)}` };
  }
  const pod = await wholePod(path, change.uid);
  const query = (dryRun: boolean): string => `?fieldManager=${fieldManager}${dryRun ? '&dryRun=All' : ''}`;
  const send = async (dryRun: boolean): Promise<JsonObject> => {
    const created = await client.request(
      'POST',
      `${collectionPath(kindOf(change), change.object.namespace)}${query(dryRun)}`,
      {
        body: reappliable(pod),
      },
    );
    return created.body;
  };
  return rehearsed(send, (after) =>
    specSha256(after) === change.specSha256 ? undefined : 'the server would make another spec of it than it had',
  );
}

function stillThere(live: JsonObject): UndoStep {
  const isEnding = asObject(live['metadata'])['deletionTimestamp'] !== undefined;
  return isEnding
    ? { refusal: 'it is still ending: run this again when it is gone' }
    : { nothing: 'it was never ended' };
}

/** The step, once the server has said what would come of it. */
async function rehearsed<T extends JsonObject | undefined>(
  send: (dryRun: boolean) => Promise<T>,
  problemOf: (after: T) => string | undefined,
): Promise<UndoStep> {
  try {
    const problem = problemOf(await send(true));
    return problem === undefined ? { send } : { refusal: problem };
  } catch (error) {
    if (!(error instanceof ApiError) || isOfConnection(error)) throw error;
    // Another wrote to it between the look and the dry run: the send meets the same, and looks again.
    if (error.code === 'conflict') return { send };
    return { refusal: error.message };
  }
}
