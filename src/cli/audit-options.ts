import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { AuditOptions } from './audit.ts';
import type { ConnectionFlags } from './connection-options.ts';
import { addConnectionOptions, repeated, withConnection } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { addReportOptions, reportApiOption } from './report-options.ts';

type AuditFlags = Omit<AuditOptions, 'asGroups' | 'requestTimeoutMs' | 'version'> &
  ConnectionFlags & { readonly allNamespaces: boolean };

/** Adds `seawall audit`; its flags for the cluster are those of kubectl. */
export function addAudit(program: Command, version: string, io: CommandIo, setCode: (code: number) => void): void {
  addConnectionOptions(addReportOptions(program.command('audit')))
    .description('hold the policy against what runs in a cluster, or against a dump of one')
    .option(
      '--from <path>',
      'audit the output of `kubectl get -o json`: a file, a directory, or - (repeatable)',
      repeated,
      [],
    )
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .option('-n, --namespace <name>', 'only this namespace (default: all)', namespaceName)
    .option('-A, --all-namespaces', 'all namespaces, which is the default', false)
    .option('--qps <number>', 'requests a second, at most', positive, 50)
    .option('--baseline <file>', 'an earlier JSON report: tell what is new and what is fixed')
    .option('--fail-on-new', 'exit with 3 where the baseline lacks a finding', false)
    .addOption(
      new Option('--fail-on <action>', 'exit with 3 at findings of this action or a harder one')
        .choices(['deny', 'warn', 'audit', 'none'])
        .default('none'),
    )
    .option('--enforce-check', 'exit with 3 while anything that runs would be refused, and print what to do', false)
    .option('--allow-partial', 'do not exit with 4 where something could not be seen', false)
    .option('--write-reports', 'bring the report objects in the cluster up to date', false)
    .addOption(reportApiOption())
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing to fail on; 1 failure; 2 usage; 3 findings to fail on; 4 something could not be seen.',
    )
    .action(async (given: AuditFlags, command: Command) => {
      if (given.allNamespaces && given.namespace !== undefined)
        command.error('error: --all-namespaces and --namespace do not go together');
      const { auditCommand } = await import('./audit.ts');
      setCode(await auditCommand({ ...withConnection(given), version }, io));
    });
}

/** An empty name is a variable that is not set, and would be a look at nothing. */
function namespaceName(value: string): string {
  if (value === '') throw new InvalidArgumentError('give the name of a namespace.');
  return value;
}

function positive(value: string): number {
  if (!/^\d{1,4}$/.test(value) || Number(value) === 0) throw new InvalidArgumentError('give a number from 1 to 9999.');
  return Number(value);
}
