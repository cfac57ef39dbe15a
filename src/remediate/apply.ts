import { describeObject } from '../report/describe.ts';
import { readBackup } from './backup.ts';
import type { CaseFolder } from './case-folder.ts';
import { isBackedUp, writeBackup } from './case-folder.ts';
import type { Change } from './change.ts';
import { applyTarget } from './apply-target.ts';
import { isFinished, stateOf } from './journal.ts';
import { RemediationRefused } from './make-plan.ts';
import type { Operation } from './operation.ts';
import type { PlannedTarget } from './plan.ts';
import { checkBinding, checkTarget, outcomeOf } from './preconditions.ts';
import type { RightAnswer } from './session.ts';
import { specSha256 } from './spec-hash.ts';

export interface ApplyOptions {
  /** Whether the targets that may be changed are changed where others may not. */
  readonly keepGoing: boolean;
  readonly maxTargets: number;
  /** For one target to be as it should be. */
  readonly timeoutMs: number;
  /** Asked once, when all checks have passed. */
  readonly confirm: (targets: readonly PlannedTarget[]) => Promise<boolean>;
}

export interface ApplyResult {
  /** Targets that are as the plan says, those of an earlier run too. */
  readonly applied: number;
  /** Targets that were left alone, and why. */
  readonly refused: readonly string[];
  /** Why it ended before the last target. */
  readonly stopped?: string;
}

/** A target that may be changed, its place in the plan, and what was asked of its rights. */
interface Passed {
  readonly index: number;
  readonly target: PlannedTarget;
  readonly rights: readonly RightAnswer[];
}

/**
 * Does what a plan says, one target after the other. Everything is checked and dry-run first, and backed up; each change is in
 * the journal before it is sent and after it is answered.
 * @throws {RemediationRefused} where nothing was changed, with every reason
 * @throws {ApiError} where the server cannot be asked; the journal says how far it had come
 */
export async function applyPlan(operation: Operation, folder: CaseFolder, options: ApplyOptions): Promise<ApplyResult> {
  const { plan, journal } = folder;
  checkBinding(plan, operation.identity, operation.now());
  if (isFinished(journal.records)) {
    throw new RemediationRefused(
      `this plan was applied already; see \`seawall remediate verify\` and \`undo\` of ${folder.path}`,
    );
  }
  if (journal.records.some(({ event }) => event.startsWith('undo'))) {
    throw new RemediationRefused('this plan is being taken back: end that (seawall remediate undo), then plan again');
  }
  if (plan.targets.length > options.maxTargets) {
    throw new RemediationRefused(
      `the plan has ${plan.targets.length} targets, and at most ${options.maxTargets} are changed at once (--max-targets)`,
    );
  }
  if (journal.records.length > 0) operation.tell(`${folder.path}: going on where a run before has ended`);
  await resolveUncertain(operation, folder);
  const { passed, refused } = await checkAll(operation, folder);
  if (refused.length > 0 && (!options.keepGoing || passed.length === 0)) {
    throw new RemediationRefused([...refused, 'nothing was changed'].join('\n'));
  }
  for (const line of refused) operation.tell(`left alone: ${line}`);
  if (!(await options.confirm(passed.map(({ target }) => target)))) {
    throw new RemediationRefused('not confirmed: nothing was changed');
  }
  // The question may have stood open for longer than the plan is good.
  checkBinding(plan, operation.identity, operation.now());
  for (const { index, target, rights } of passed) {
    if (isBackedUp(folder, index)) continue;
    const backup = await readBackup(operation.client, index, target, rights);
    await writeBackup(folder, index, backup, operation.identity.user);
  }
  return changeAll(operation, folder, passed, refused, options);
}

async function changeAll(
  operation: Operation,
  folder: CaseFolder,
  targets: readonly Passed[],
  refused: readonly string[],
  { timeoutMs }: ApplyOptions,
): Promise<ApplyResult> {
  const { journal } = folder;
  let applied = 0;
  for (const { index, target } of targets) {
    const stopped = operation.signal.aborted
      ? 'it was told to stop'
      : await applyTarget(operation, folder, index, timeoutMs);
    if (stopped !== undefined) {
      await journal.append({ event: 'stopped', target: index, reason: stopped });
      return { applied, refused, stopped: `${describeObject(target.object)}: ${stopped}` };
    }
    await journal.append({ event: 'settled', target: index });
    operation.tell(`${describeObject(target.object)}: done`);
    applied += 1;
  }
  await journal.append({ event: 'finished' });
  return { applied, refused };
}

/** Changes of a run before whose outcome nobody has seen: the objects tell. */
async function resolveUncertain({ client, tell }: Operation, { plan, journal }: CaseFolder): Promise<void> {
  for (const [target, { changes }] of plan.targets.entries()) {
    for (const [change, planned] of changes.entries()) {
      if (stateOf(journal.records, target, change).state !== 'uncertain') continue;
      const outcome = await outcomeOf(client, planned, plan.id);
      if (typeof outcome === 'string') throw new RemediationRefused(outcome);
      const name = `${describeObject(planned.object)}: ${planned.what}`;
      if (!outcome.made) {
        tell(`${name}: was not made when the connection was lost`);
        await journal.append({ event: 'refused', target, change, reason: 'it was found not to be made' });
        continue;
      }
      tell(`${name}: was made, though no answer had come`);
      const { live } = outcome;
      await journal.append({ event: 'done', target, change, ...(live !== undefined && afterOf(planned, live)) });
    }
  }
}

function afterOf({ kind }: Change, live: Parameters<typeof specSha256>[0]) {
  const uid = (live['metadata'] as { readonly uid?: unknown } | undefined)?.uid;
  return { afterSha256: specSha256(live), ...(kind === 'create' && typeof uid === 'string' && { uid }) };
}

async function checkAll({ client }: Operation, { plan, journal }: CaseFolder) {
  const passed: Passed[] = [];
  const refused: string[] = [];
  for (const [index, target] of plan.targets.entries()) {
    const pending = target.changes.filter((_, change) => stateOf(journal.records, index, change).state === 'untouched');
    const checked = await checkTarget(client, target, pending, plan.id);
    if (checked.hindrances.length === 0) passed.push({ index, target, rights: checked.rights });
    refused.push(...checked.hindrances);
  }
  return { passed, refused };
}
