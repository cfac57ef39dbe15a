import { isRunning } from '../audit/life.ts';
import { ApiError } from '../cluster/api.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import { describeObject } from '../report/describe.ts';
import { read, readIfThere } from './climb.ts';
import type { Change } from './change.ts';
import { healthOf } from './health.ts';
import { knownKind, nameOf, uidOf } from './kinds.ts';
import type { KnownKind } from './kinds.ts';
import type { Operation } from './operation.ts';
import type { PlannedTarget } from './plan.ts';
import { podsOf } from './pods-of.ts';

const pollMs = 1_000;

/** What a look at a target says: it is as it should be, not yet (and why), or it got worse. */
export type Look = 'settled' | { readonly not: string } | { readonly regression: string };

export interface SettleOptions {
  readonly timeoutMs: number;
  /** What its controller complained of before anything was changed. */
  readonly complaintBefore: string;
}

/**
 * Waits until the pods of a change, or of a whole target, are as they should be.
 * @returns undefined then; else why the work stops here: it got worse, or did not settle in time
 */
export async function settle(
  operation: Operation,
  target: PlannedTarget,
  ended: Change | undefined,
  { timeoutMs, complaintBefore }: SettleOptions,
): Promise<string | undefined> {
  const deadlineMs = operation.monotonicMs() + timeoutMs;
  let last = '';
  for (;;) {
    let look: Look;
    try {
      look = await lookAt(operation, target, ended, complaintBefore);
    } catch (error) {
      // What was changed is written down; whether it settled can be asked again.
      if (!(error instanceof ApiError) || error.code === 'forbidden' || error.code === 'unauthorized') throw error;
      look = { not: `it cannot be seen: ${error.message}` };
    }
    if (look === 'settled') return undefined;
    if ('regression' in look) return look.regression;
    if (look.not !== last) operation.tell(`${describeObject(target.object)}: waiting: ${look.not}`);
    last = look.not;
    if (operation.signal.aborted) return 'it was told to stop';
    if (operation.monotonicMs() >= deadlineMs) return `not settled within ${timeoutMs / 1_000} s: ${last}`;
    await operation.wait(pollMs, operation.signal).catch(() => undefined);
  }
}

async function lookAt(
  { client }: Operation,
  target: PlannedTarget,
  ended: Change | undefined,
  complaintBefore: string,
): Promise<Look> {
  const { object, step, minHealthy } = target;
  const kind = knownKind(object);
  if (kind === undefined) return 'settled';
  if (ended !== undefined && (await isThere(client, ended))) {
    return { not: `${describeObject(ended.object)} is not gone yet` };
  }
  if (kind.kind === 'Pod') return 'settled';
  const root = await read(client, kind, object);
  if (typeof root === 'string') return { regression: root };
  const regression = regressionOf(root, minHealthy, complaintBefore, step !== 'suspend');
  if (regression !== undefined) return { regression };
  if (step === 'suspend') return noPods(client, root, kind, target);
  if (step !== 'fix' && step !== 'evict') return 'settled';
  const { isRolledOut, healthy, desired } = healthOf(root);
  if (!isRolledOut) return { not: `${healthy} of ${desired} replicas are healthy and new` };
  // Its controller counts a pod no more as soon as it is told to end; its process is there until it is gone.
  const ending = (await podsOf(client, root, kind)).pods.filter(isEnding);
  return ending.length === 0 ? 'settled' : { not: `${ending.length} of its old pods are not gone yet` };
}

function isEnding({ metadata }: JsonObject): boolean {
  return asObject(metadata)['deletionTimestamp'] !== undefined;
}

function regressionOf(
  root: JsonObject,
  minHealthy: number,
  complaintBefore: string,
  isToServe: boolean,
): string | undefined {
  const { healthy, complaint } = healthOf(root);
  if (healthy < minHealthy) return `${healthy} replicas are healthy, and at least ${minHealthy} are to be`;
  if (isToServe && complaint !== '' && complaint !== complaintBefore) return `its controller says: ${complaint}`;
  return undefined;
}

async function noPods(
  client: Operation['client'],
  root: JsonObject,
  kind: KnownKind,
  { changes }: PlannedTarget,
): Promise<Look> {
  const { pods, jobs } = await podsOf(client, root, kind);
  // A CronJob goes on between a plan and its apply; to wait for such a Job would be in vain.
  const newer = jobs.filter((job) => !changes.some(({ uid }) => uid === uidOf(job)));
  if (newer.length > 0) {
    const names = newer.slice(0, 5).map((job) => nameOf(job));
    return {
      regression: `made after the plan, and running: Job ${names.join(', ')}; plan again for it, with --plan FILE`,
    };
  }
  const left = pods.filter(isRunning);
  return left.length === 0 ? 'settled' : { not: `${left.length} of its pods are not gone yet` };
}

/** Whether the pod that was ended is there still. */
async function isThere(client: Operation['client'], { object, uid }: Change): Promise<boolean> {
  const kind = knownKind(object);
  if (kind === undefined) return false;
  const live = await readIfThere(client, kind, object);
  if (typeof live === 'string') throw new Error(live);
  return live !== undefined && uidOf(live) === uid;
}
