import { applyPlan } from '../remediate/apply.ts';
import type { ApplyResult } from '../remediate/apply.ts';
import { caseBeside, openCaseFor } from '../remediate/case-folder.ts';
import { RemediationRefused } from '../remediate/make-plan.ts';
import type { Plan, PlannedTarget } from '../remediate/plan.ts';
import { destructiveCount } from '../remediate/plan.ts';
import { readPlan } from '../remediate/plan-file.ts';
import { policyProblem } from '../remediate/preconditions.ts';
import { contextName } from '../remediate/session.ts';
import { describeObject } from '../report/describe.ts';
import { shellWord } from '../report/shell-word.ts';
import { plainLine } from '../report/terminal.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { flagsOf } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy, policyFlag, readPolicyFile } from './load-policy.ts';
import { identityLine, withCluster } from './remediate-cluster.ts';
import { UsageError } from './usage-error.ts';

export interface RemediateApplyOptions extends ConnectionOptions {
  /** Folder of the case; beside the plan where it is absent. */
  readonly case?: string | undefined;
  readonly yes: boolean;
  /** `CONTEXT/COUNT`, where pods are ended that nothing makes anew. */
  readonly confirm?: string | undefined;
  readonly keepGoing: boolean;
  /** The policy that is in force, to be held against the plan's. */
  readonly policy?: string | undefined;
  readonly maxTargets: number;
  readonly timeoutMs: number;
}

/** The command that does something with the case. */
type FollowUp = (deed: 'verify' | 'undo') => string;

/** `seawall remediate apply`: does what a plan says. */
export async function remediateApplyCommand(
  file: string,
  options: RemediateApplyOptions,
  io: CommandIo,
): Promise<number> {
  const plan = readPlan(await readPolicyFile(file), file);
  checkConfirmation(plan, options, io);
  const path = options.case ?? caseBeside(file, plan);
  const { keepGoing, maxTargets, timeoutMs } = options;
  return withCluster(options, io, async (session) => {
    await checkPolicy(plan, options.policy);
    const folder = await openCaseFor(plan, path, session.now);
    const followUp: FollowUp = (deed) =>
      `seawall remediate ${deed}${flagsOf(options)}${deed === 'verify' ? policyFlag(options.policy) : ''} ${shellWord(path)}`;
    try {
      const confirm = (targets: readonly PlannedTarget[]): Promise<boolean> => ask(plan, targets, options, io);
      const result = await applyPlan(session, folder, { keepGoing, maxTargets, timeoutMs, confirm });
      tell(result, path, followUp, io);
      if (result.stopped !== undefined) return exitCodes.failed;
      return result.refused.length > 0 ? exitCodes.findings : exitCodes.ok;
    } catch (error) {
      if (!(error instanceof RemediationRefused) && folder.journal.records.length > 0) {
        io.stderr(`${plainLine(`cut off; all that was done is in ${path}`)}\n`);
        io.stderr(`${plainLine(`run the same apply again to go on, or: ${followUp('undo')}`)}\n`);
      }
      throw error;
    } finally {
      await folder.journal.close();
    }
  });
}

/** @throws {RemediationRefused} where the policy is not the one that the plan was made with */
export async function checkPolicy(plan: Plan, file: string | undefined): Promise<void> {
  const problem = file === undefined ? undefined : policyProblem(plan, await loadPolicy(file));
  if (problem !== undefined) throw new RemediationRefused(`${problem}: plan again`);
}

/** @throws {UsageError} where nobody can confirm, or what was typed confirms something else */
function checkConfirmation(plan: Plan, { yes, confirm }: RemediateApplyOptions, io: CommandIo): void {
  const count = destructiveCount(plan);
  const wanted = `${contextName(plan.cluster)}/${count}`;
  if (count > 0 && confirm !== wanted) {
    const pods = count === 1 ? '1 pod that nothing makes anew is' : `${count} pods that nothing makes anew are`;
    throw new UsageError(`${pods} to be ended: confirm with --confirm ${shellWord(wanted)}`);
  }
  if (count === 0 && confirm !== undefined) {
    throw new UsageError('--confirm is for pods that nothing makes anew, and the plan ends none: say --yes');
  }
  if (!yes && io.ask === undefined) throw new UsageError('there is no terminal to ask at: say --yes');
}

async function ask(
  plan: Plan,
  targets: readonly PlannedTarget[],
  { yes }: RemediateApplyOptions,
  io: CommandIo,
): Promise<boolean> {
  if (yes || io.ask === undefined) return yes;
  for (const { object, changes } of targets) {
    for (const change of changes) {
      io.stderr(`${plainLine(`${describeObject(object)}: ${describeObject(change.object)}: ${change.what}`, 1_000)}\n`);
    }
  }
  const name = plainLine(contextName(plan.cluster));
  const answer = await io.ask(`${identityLine(plan.cluster)}\nType ${name} to apply this: `);
  return answer.trim() === contextName(plan.cluster);
}

function tell({ applied, refused, stopped }: ApplyResult, path: string, followUp: FollowUp, io: CommandIo): void {
  const print = (line: string): void => io.stdout(`${plainLine(line, 2_000)}\n`);
  print(`applied: ${applied} ${applied === 1 ? 'target' : 'targets'}; case ${path}`);
  for (const line of refused) print(`left alone: ${line}`);
  if (stopped === undefined) {
    print(`next: ${followUp('verify')}`);
  } else {
    print(`stopped: ${stopped}`);
    print(`nothing after it was changed; run the same apply again to go on, or: ${followUp('undo')}`);
  }
}
