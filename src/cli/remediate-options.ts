import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { defaultMaxTargets } from '../remediate/plan.ts';
import { steps } from '../remediate/situation.ts';
import type { ConnectionFlags } from './connection-options.ts';
import { addConnectionOptions, duration, repeated, withConnection } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import type { RemediateApplyOptions } from './remediate-apply.ts';
import type { RemediatePlanOptions } from './remediate-plan.ts';
import type { RemediateRbacOptions } from './remediate-rbac.ts';
import type { RemediateUndoOptions } from './remediate-undo.ts';

/** Adds `seawall remediate` and what is below it. */
export function addRemediate(program: Command, io: CommandIo, setCode: (code: number) => void): void {
  const remediate = program
    .command('remediate')
    .description('plan, apply, verify and undo the remedy of what the policy refuses');
  addPlan(remediate, io, setCode);
  addApply(remediate, io, setCode);
  addVerify(remediate, io, setCode);
  addUndo(remediate, io, setCode);
  addRbacFiles(remediate, io, setCode);
}

type PlanFlags = ConnectionFlags &
  Omit<RemediatePlanOptions, 'rules' | 'asGroups'> & { readonly rule: readonly string[] };

function addPlan(remediate: Command, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(remediate.command('plan'))
    .description('say what would be done to the root owners of the targets, and write it down; nothing is changed')
    .argument('[target...]', 'a kind and a name, as deployment/web or pod/web-1')
    .option('-n, --namespace <name>', 'namespace of the targets, or of the scan')
    .option('-A, --all-namespaces', 'scan all namespaces for the findings of --rule', false)
    .option('--from <file>', 'take the owners of the findings of a JSON report of `seawall audit` or `investigate`')
    .option('--rule <id>', 'only findings of this rule (repeatable)', repeated, [])
    .addOption(
      new Option('--at-least <action>', 'only findings of this action or a harder one')
        .choices(['deny', 'warn', 'audit'])
        .default('deny'),
    )
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .addOption(new Option('--step <step>', 'this step, instead of the first that works').choices(steps))
    .option('--fix-host', 'let a repair take hostNetwork, hostPID and hostIPC away', false)
    .option('--min-healthy <number>', 'replicas that must stay healthy (default: as the workload promises)', natural)
    .option('--max-targets <number>', 'most root owners in one plan', natural, defaultMaxTargets)
    .option('--override-gitops', 'change what a GitOps tool or Helm may bring back', false)
    .option('--seawall-namespace <name>', 'namespace of Seawall, which is never touched', 'seawall')
    .option('--plan <file>', 'where to write the plan; an older plan there is replaced', 'plan.json')
    .addOption(
      new Option('-o, --output <format>', 'format on standard output').choices(['table', 'json']).default('table'),
    )
    .addHelpText('after', '\nExit codes: 0 all planned; 1 failure; 2 usage; 3 something was refused, and is told.')
    .action(async (words: string[], given: PlanFlags) => {
      const { remediatePlanCommand } = await import('./remediate-plan.ts');
      setCode(await remediatePlanCommand(words, { ...withConnection(given), rules: given.rule }, io));
    });
}

function addApply(remediate: Command, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(remediate.command('apply'))
    .description('do what a plan says: checked, dry-run and backed up first, one target after the other')
    .argument('<plan>', 'file of `seawall remediate plan`')
    .option('--yes', 'do not ask', false)
    .option('--confirm <context/count>', 'how many pods that nothing makes anew are ended in this context')
    .option('--case <folder>', 'folder of backup and journal (default: seawall-case-ID beside the plan)')
    .option('--policy <file>', 'refuse the plan where it was made with another policy than this (default: do not look)')
    .option('--keep-going', 'change what may be changed, and leave the rest alone', false)
    .option('--max-targets <number>', 'most root owners that are changed', natural, defaultMaxTargets)
    .addOption(
      new Option('--timeout <duration>', 'time for one target to be as it should be')
        .argParser(duration)
        .default(300_000, '5m'),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 all done; 1 failure, or stopped on the way; 2 usage; 3 refused, or some left alone.',
    )
    .action(async (file: string, given: ConnectionFlags & ApplyFlags) => {
      const { remediateApplyCommand } = await import('./remediate-apply.ts');
      const { timeout: timeoutMs = 300_000, ...others } = withConnection(given);
      setCode(await remediateApplyCommand(file, { ...others, timeoutMs }, io));
    });
}

type ApplyFlags = Omit<RemediateApplyOptions, 'asGroups' | 'timeoutMs'> & { readonly timeout?: number };

function addVerify(remediate: Command, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(remediate.command('verify'))
    .description('look whether what was applied holds, and nothing makes anew what was ended')
    .argument('<case>', 'folder of `seawall remediate apply`')
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .addOption(
      new Option('--watch <duration>', 'how long to watch for pods that are made anew; 0 for not at all')
        .argParser(watchDuration)
        .default(30_000, '30s'),
    )
    .addHelpText('after', '\nExit codes: 0 all holds; 1 failure; 2 usage; 3 something does not hold, and is told.')
    .action(async (path: string, given: ConnectionFlags & { readonly policy?: string; readonly watch: number }) => {
      const { remediateVerifyCommand } = await import('./remediate-verify.ts');
      const { watch: watchMs, ...others } = withConnection(given);
      setCode(await remediateVerifyCommand(path, { ...others, watchMs }, io));
    });
}

function watchDuration(value: string): number {
  return duration(value) ?? 0;
}

function addUndo(remediate: Command, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(remediate.command('undo'))
    .description('take back what a case has changed, the last change first')
    .argument('<case>', 'folder of `seawall remediate apply`')
    .option('--yes', 'do not ask', false)
    .option('--force', 'take back fields of objects that others have changed since', false)
    .addHelpText(
      'after',
      '\nExit codes: 0 all taken back; 1 failure; 2 usage; 3 something was not taken back, and is told.',
    )
    .action(async (path: string, given: ConnectionFlags & Pick<RemediateUndoOptions, 'yes' | 'force'>) => {
      const { remediateUndoCommand } = await import('./remediate-undo.ts');
      setCode(await remediateUndoCommand(path, withConnection(given), io));
    });
}

type RbacFlags = ConnectionFlags &
  Omit<RemediateRbacOptions, 'paths' | 'asGroups'> & { readonly path: readonly string[] };

function addRbacFiles(remediate: Command, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(remediate.command('rbac'))
    .description('write tightened roles and a NetworkPolicy, with who would lose what; nothing is applied')
    .option('--subject <subject>', 'ServiceAccount:NAMESPACE/NAME, User:NAME or Group:NAME')
    .option('--path <id>', 'launch path to take away, as L2 (repeatable; see `seawall investigate rbac`)', repeated, [])
    .option('-n, --namespace <name>', 'write a NetworkPolicy for this namespace')
    .option('--out <folder>', 'folder for the files, which must not exist', 'seawall-rbac')
    .addHelpText('after', '\nExit codes: 0 written; 1 failure; 2 usage; 4 something could not be seen.')
    .action(async (given: RbacFlags) => {
      const { remediateRbacCommand } = await import('./remediate-rbac.ts');
      setCode(await remediateRbacCommand({ ...withConnection(given), paths: given.path }, io));
    });
}

function natural(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('give a whole number.');
  return Number(value);
}
