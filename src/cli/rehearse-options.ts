import type { Command } from 'commander';
import { Option } from 'commander';
import type { ConnectionFlags } from './connection-options.ts';
import { addConnectionOptions, withConnection } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import type { RehearseOptions } from './rehearse.ts';

/** Adds `seawall rehearse`. */
export function addRehearse(program: Command, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(program.command('rehearse'))
    .description("play today's workloads to a candidate policy, or try a remediation plan; nothing is made or changed")
    .option(
      '--policy <file>',
      "candidate policy (default: the built-in policy); with --plan: the policy in force, to be held against the plan's",
    )
    .option('-n, --namespace <name>', 'only workloads of this namespace (default: all)')
    .option('--scratch <namespace>', 'namespace where a server dry run tries each pod, too')
    .option('--to-context <name>', 'context of the cluster with the scratch namespace (default: the same cluster)')
    .option('--plan <file>', 'try a plan of `seawall remediate plan` instead')
    .addOption(new Option('-o, --output <format>', 'format').choices(['table', 'json']).default('table'))
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing would be refused; 1 failure; 2 usage; 3 something would; 4 something could not be seen, or got no answer.',
    )
    .action(async (given: ConnectionFlags & Omit<RehearseOptions, 'asGroups'>) => {
      const { rehearseCommand } = await import('./rehearse.ts');
      setCode(await rehearseCommand(withConnection(given), io));
    });
}
