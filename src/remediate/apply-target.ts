import { ApiError } from '../cluster/api.ts';
import type { JsonObject } from '../policy/finding.ts';
import { describeObject } from '../report/describe.ts';
import type { CaseFolder } from './case-folder.ts';
import type { Change } from './change.ts';
import { read } from './climb.ts';
import { isOutcomeUnknown } from './connection-lost.ts';
import { healthOf } from './health.ts';
import { stateOf } from './journal.ts';
import { knownKind, uidOf } from './kinds.ts';
import type { Operation } from './operation.ts';
import type { PlannedTarget } from './plan.ts';
import { changedSince } from './preconditions.ts';
import { kindOf, refusalOf, send } from './send.ts';
import type { SettleOptions } from './settle.ts';
import { settle } from './settle.ts';
import { specSha256 } from './spec-hash.ts';

/**
 * Makes the changes of one target that are still to be made, each after the one before has settled.
 * @returns why it stopped; undefined where the target is as it should be
 * @throws {ApiError} where an answer was lost; the journal says of which change
 */
export async function applyTarget(
  operation: Operation,
  folder: CaseFolder,
  index: number,
  timeoutMs: number,
): Promise<string | undefined> {
  const target = folder.plan.targets[index];
  if (target === undefined) return 'the plan has no such target';
  const options = { timeoutMs, complaintBefore: await complaintOf(operation, target) };
  for (const [number, change] of target.changes.entries()) {
    if (stateOf(folder.journal.records, index, number).state !== 'untouched') continue;
    const stopped = await makeChange(operation, folder, [index, number], change);
    if (stopped !== undefined) return stopped;
    if (change.kind !== 'evict' && change.kind !== 'delete') continue;
    const unsettled = await settle(operation, target, change, options);
    if (unsettled !== undefined) return unsettled;
  }
  return settleTarget(operation, target, options);
}

async function settleTarget(
  operation: Operation,
  target: PlannedTarget,
  options: SettleOptions,
): Promise<string | undefined> {
  return target.changes.length === 0 ? undefined : settle(operation, target, undefined, options);
}

async function complaintOf({ client }: Operation, { object }: PlannedTarget): Promise<string> {
  const kind = knownKind(object);
  const root = kind === undefined ? '' : await read(client, kind, object);
  return typeof root === 'string' ? '' : healthOf(root).complaint;
}

/** Writes of its status make an object another version all the time; of its spec they must not. */
const maxConflicts = 5;

async function makeChange(
  { client, tell }: Operation,
  { plan, journal }: CaseFolder,
  [target, number]: readonly [number, number],
  change: Change,
): Promise<string | undefined> {
  const place = { target, change: number };
  for (let conflicts = 0; ; conflicts += 1) {
    const live = change.kind === 'create' ? undefined : await read(client, kindOf(change), change.object);
    const problem = typeof live === 'string' ? live : live === undefined ? undefined : changedSince(change, live);
    if (typeof live === 'string' || problem !== undefined) return problem;
    await journal.append({ event: 'started', ...place });
    let after: JsonObject | undefined;
    try {
      after = await send(client, change, live, { caseId: plan.id, dryRun: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isOutcomeUnknown(error)) {
        await journal.append({ event: 'lost', ...place, reason: error.message });
        throw error;
      }
      const reason = refusalOf(error, change);
      await journal.append({ event: 'refused', ...place, reason });
      if (error.code === 'conflict' && conflicts < maxConflicts) continue;
      return `${describeObject(change.object)}: refused to ${change.kind}: ${reason}`;
    }
    const uid = after === undefined || change.kind !== 'create' ? {} : { uid: uidOf(after) };
    await journal.append({
      event: 'done',
      ...place,
      ...(after !== undefined && { afterSha256: specSha256(after) }),
      ...uid,
    });
    tell(`${describeObject(change.object)}: ${change.what}`);
    return undefined;
  }
}
