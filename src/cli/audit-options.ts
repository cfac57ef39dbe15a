import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { AuditOptions } from './audit.ts';
import type { CommandIo } from './io.ts';
import { addReportOptions } from './report-options.ts';

type AuditFlags = Omit<AuditOptions, 'asGroups' | 'requestTimeoutMs' | 'version'> & {
  readonly asGroup: readonly string[];
  readonly requestTimeout?: number;
  readonly allNamespaces: boolean;
};

/** Adds `seawall audit`; its flags for the cluster are those of kubectl. */
export function addAudit(program: Command, version: string, io: CommandIo, setCode: (code: number) => void): void {
  addReportOptions(program.command('audit'))
    .description('hold the policy against what runs in a cluster, or against a dump of one')
    .option(
      '--from <path>',
      'audit the output of `kubectl get -o json`: a file, a directory, or - (repeatable)',
      more,
      [],
    )
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .option('-n, --namespace <name>', 'only this namespace (default: all)')
    .option('-A, --all-namespaces', 'all namespaces, which is the default', false)
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--cluster <name>', 'cluster of the kubeconfig')
    .option('--user <name>', 'user of the kubeconfig')
    .option('--as <user>', 'speak as this user')
    .option('--as-group <group>', 'speak as a member of this group (repeatable)', more, [])
    .option('--request-timeout <duration>', 'time for one request, as 30s or 2m', duration)
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
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing to fail on; 1 failure; 2 usage; 3 findings to fail on; 4 something could not be seen.',
    )
    .action(async (given: AuditFlags, command: Command) => {
      if (given.allNamespaces && given.namespace !== undefined)
        command.error('error: --all-namespaces and --namespace do not go together');
      const { auditCommand } = await import('./audit.ts');
      const { asGroup: asGroups, requestTimeout: requestTimeoutMs, ...options } = given;
      setCode(await auditCommand({ ...options, asGroups, requestTimeoutMs, version }, io));
    });
}

function more(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

const unitsMs: ReadonlyMap<string, number> = new Map([
  ['', 1_000],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Milliseconds; 0 is no bound of the user's, as with kubectl. */
function duration(value: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,6})(ms|s|m|h|)$/.exec(value) ?? [];
  const unitMs = unitsMs.get(unit);
  if (number === '' || unitMs === undefined) throw new InvalidArgumentError('give a duration such as 30s or 2m.');
  return Number(number) === 0 ? undefined : Number(number) * unitMs;
}

function positive(value: string): number {
  if (!/^\d{1,4}$/.test(value) || Number(value) === 0) throw new InvalidArgumentError('give a number from 1 to 9999.');
  return Number(value);
}
