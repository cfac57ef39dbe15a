import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { defaultMaxTargets } from '../remediate/plan.ts';
import { steps } from '../remediate/situation.ts';
import type { ConnectionFlags } from './connection-options.ts';
import { addConnectionOptions, repeated, withConnection } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import type { RemediatePlanOptions } from './remediate-plan.ts';

/** Adds `seawall remediate` and what is below it. */
export function addRemediate(program: Command, io: CommandIo, setCode: (code: number) => void): void {
  const remediate = program
    .command('remediate')
    .description('plan, apply, verify and undo the remedy of what the policy refuses');
  addPlan(remediate, io, setCode);
}

type PlanFlags = ConnectionFlags &
  Omit<RemediatePlanOptions, 'rules' | 'asGroups'> & { readonly rule: readonly string[] };

function addPlan(remediate: Command, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(remediate.command('plan'))
    .description('say what would be done to the root owners of the targets, and write it down; nothing is changed')
    .argument('[target...]', 'a kind and a name, as deployment/web or pod/web-1')
    .option('-n, --namespace <name>', 'namespace of the targets, or of the scan')
    .option('-A, --all-namespaces', 'scan all namespaces for the findings of --rule', false)
    .option('--from <file>', 'take the owners of the findings of a JSON report of `seawall audit`')
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
    .option('--plan <file>', 'where to write the plan', 'plan.json')
    .addOption(
      new Option('-o, --output <format>', 'format on standard output').choices(['table', 'json']).default('table'),
    )
    .addHelpText('after', '\nExit codes: 0 all planned; 1 failure; 2 usage; 3 something was refused, and is told.')
    .action(async (words: string[], given: PlanFlags) => {
      const { remediatePlanCommand } = await import('./remediate-plan.ts');
      setCode(await remediatePlanCommand(words, { ...withConnection(given), rules: given.rule }, io));
    });
}

function natural(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('give a whole number.');
  return Number(value);
}
