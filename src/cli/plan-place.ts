import { readFile, stat } from 'node:fs/promises';
import { strictText } from '../mounted-files/strict-text.ts';
import { caseBeside, isCaseOpen } from '../remediate/case-folder.ts';
import type { Plan } from '../remediate/plan.ts';
import { readPlan } from '../remediate/plan-file.ts';
import { shellWord } from '../report/shell-word.ts';
import { plainLine } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { UsageError } from './usage-error.ts';

/**
 * Checks that a plan written to this file replaces nothing but an older plan that nobody needs any more. The flags are for the
 * command that takes its case back.
 * @throws {UsageError} for a file of somebody else, and for a plan that `apply` has begun and not ended
 */
export async function checkPlanPlace(file: string, flags: string): Promise<void> {
  if (!(await holdsText(file))) return;
  const plan = await planThere(file);
  const path = caseBeside(file, plan);
  if (!(await isCaseOpen(plan, path))) return;
  const place = plainLine(file);
  const undo = plainLine(`seawall remediate undo${flags} ${shellWord(path)}`);
  throw new UsageError(
    `${place} is a plan that is half applied: apply it again to go on, or take it back (${undo}); or name another file (--plan)`,
  );
}

/** Whether something could be lost. In a pipe or a device nothing could, and reading one may never end. */
async function holdsText(file: string): Promise<boolean> {
  try {
    const there = await stat(file);
    return there.isFile() && there.size > 0;
  } catch {
    // Nothing is there, or nothing that can be written either, which is told then.
    return false;
  }
}

async function planThere(file: string): Promise<Plan> {
  try {
    return readPlan(strictText(await readFile(file)), file);
  } catch (cause) {
    const [place, reason] = [plainLine(file), plainLine(reasonOf(cause))];
    throw new UsageError(
      `${place} is there and is no plan, which is all that is replaced (${reason}); name another file (--plan)`,
      { cause },
    );
  }
}
