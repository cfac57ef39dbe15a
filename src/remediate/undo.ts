import { ApiError } from '../cluster/api.ts';
import type { JsonObject } from '../policy/finding.ts';
import { describeObject } from '../report/describe.ts';
import type { CaseFolder } from './case-folder.ts';
import type { Change } from './change.ts';
import { isOutcomeUnknown } from './connection-lost.ts';
import type { ChangeState } from './journal.ts';
import { stateOf } from './journal.ts';
import { uidOf } from './kinds.ts';
import { RemediationRefused } from './make-plan.ts';
import type { Operation } from './operation.ts';
import type { UndoStep } from './undo-step.ts';
import { undoStepOf } from './undo-step.ts';

export interface UndoOptions {
  /**
   * Whether to take back a change of an object that others have changed since, as long as its own fields are as it left them;
   * and to take back the rest where something cannot be.
   */
  readonly force: boolean;
  readonly confirm: () => Promise<boolean>;
}

export interface UndoResult {
  readonly undone: number;
  /** What could not be taken back, where the rest was all the same. */
  readonly refused: readonly string[];
  /** What cannot be undone, or needs not be. */
  readonly left: readonly string[];
}

interface Place {
  readonly target: number;
  readonly change: number;
}

/**
 * Takes back what a case has changed, the last change first. Everything is looked at and dry-run before anything is taken
 * back. What is taken back already stays so: to run it again goes on where it ended.
 * @throws {RemediationRefused} where something cannot be taken back: nothing is, then, or what was told before it
 * @throws {ApiError} where the server cannot be asked; the journal says how far it had come
 */
export async function undoCase(operation: Operation, folder: CaseFolder, options: UndoOptions): Promise<UndoResult> {
  const { plan, journal } = folder;
  if (plan.cluster.server !== operation.identity.server) {
    throw new RemediationRefused(
      `the case is of server ${plan.cluster.server}, and this is ${operation.identity.server}`,
    );
  }
  const steps: (readonly [Place, Change, UndoStep])[] = [];
  const refused: string[] = [];
  const left: string[] = [];
  const ended: (readonly [Place, string])[] = [];
  for (const [place, change, state] of changesOf(folder)) {
    if (state.state === 'untouched') continue;
    const name = `${describeObject(change.object)}: ${change.what}`;
    const step = await undoStepOf(operation, folder, change, state, options.force);
    if ('refusal' in step) refused.push(`${name}: ${step.refusal}`);
    else if ('nothing' in step) {
      left.push(`${name}: ${step.nothing}`);
      if (state.state !== 'undone') ended.push([place, step.nothing]);
    } else steps.push([place, change, step]);
  }
  if (refused.length > 0 && (!options.force || steps.length === 0))
    throw new RemediationRefused([...refused, 'nothing was taken back'].join('\n'));
  if (steps.length > 0 && !(await options.confirm())) {
    throw new RemediationRefused('not confirmed: nothing was taken back');
  }
  // Not before: a journal that tells of an undo lets nobody go on applying.
  for (const [place, reason] of ended) await journal.append({ event: 'undone', ...place, reason });
  for (const [done, [place, change, step]] of steps.entries()) {
    const far = `${done} of ${steps.length} changes were taken back before; run it again to go on`;
    if (operation.signal.aborted) throw new RemediationRefused(`it was told to stop: ${far}`);
    try {
      await takeBack(operation, folder, place, change, step, options.force);
    } catch (error) {
      if (error instanceof RemediationRefused && done > 0) throw new RemediationRefused(`${error.message}\n${far}`);
      throw error;
    }
  }
  return { undone: steps.length, refused, left };
}

function changesOf({ plan, journal }: CaseFolder): (readonly [Place, Change, ChangeState])[] {
  return plan.targets
    .flatMap(({ changes }, target) =>
      changes.map((planned, change) => {
        return [{ target, change }, planned, stateOf(journal.records, target, change)] as const;
      }),
    )
    .reverse();
}

/** Writes of its status make an object another version all the time. */
const maxConflicts = 5;

async function takeBack(
  operation: Operation,
  folder: CaseFolder,
  place: Place,
  change: Change,
  first: UndoStep,
  force: boolean,
): Promise<void> {
  const { journal } = folder;
  const name = describeObject(change.object);
  let step = first;
  for (let conflicts = 0; ; conflicts += 1) {
    if ('refusal' in step) throw new RemediationRefused(`${name}: ${step.refusal}`);
    if ('nothing' in step) return;
    const state = stateOf(journal.records, place.target, place.change);
    await journal.append({ event: 'undo-started', ...place, user: operation.identity.user });
    try {
      const after: JsonObject | undefined = await step.send(false);
      const made = after === undefined ? {} : { uid: uidOf(after) };
      await journal.append({ event: 'undone', ...place, ...made });
      operation.tell(`${name}: taken back: ${change.what}`);
      return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const isLost = isOutcomeUnknown(error);
      await journal.append({ event: isLost ? 'undo-lost' : 'undo-refused', ...place, reason: error.message });
      if (isLost) throw error;
      if (error.code !== 'conflict' || conflicts >= maxConflicts) {
        throw new RemediationRefused(`${name}: refused to be taken back: ${error.message}`);
      }
    }
    step = await undoStepOf(operation, folder, change, state, force);
  }
}
