import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { RbacFormat } from '../rbac/formats/rbac-format-names.ts';
import { rbacFormats } from '../rbac/formats/rbac-format-names.ts';
import type { ConnectionFlags } from './connection-options.ts';
import { addConnectionOptions, repeated, withConnection } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import type { RbacCommandOptions, RbacFile } from './rbac.ts';

type RbacFlags = ConnectionFlags &
  Omit<RbacCommandOptions, 'asGroups' | 'requestTimeoutMs'> & { readonly allNamespaces: boolean };

/** Adds who may launch a pod, and by which grant, to a command. */
export function addRbac(parent: Command, name: string, io: CommandIo, setCode: (code: number) => void): void {
  // The flags --as and --as-group say who is asked about, not who asks.
  addConnectionOptions(parent.command(name), 'ask about this one user', 'a group of the user (repeatable)')
    .description('who could launch a network tool: the launch paths of each subject, and the bindings that grant them')
    .option('--from <path>', 'read manifests or `kubectl get -o json` instead of a cluster (repeatable)', repeated, [])
    .option('--policy <file>', 'policy that Seawall runs with (default: the built-in policy)')
    .option('-n, --namespace <name>', 'only what counts in this namespace (default: all)')
    .option('-A, --all-namespaces', 'all namespaces, which is the default', false)
    .option('--system', 'show the parts of Kubernetes itself, which are counted otherwise', false)
    .option('--baseline <file>', 'an earlier JSON report: tell which paths are new and which are gone')
    .addOption(
      new Option('--fail-on <what>', 'exit with 3 where a path is new, or is neither refused nor of the system')
        .choices(['new', 'possible', 'none'])
        .default('none'),
    )
    .addOption(new Option('-o, --output <format>', 'format on standard output').choices(rbacFormats).default('table'))
    .option('--out <format=file>', 'write it to a file too (repeatable)', file, [])
    .option('--allow-partial', 'do not exit with 4 where something could not be seen', false)
    .addHelpText(
      'after',
      '\nIt only reads. Exit codes: 0 nothing to fail on; 1 failure; 2 usage; 3 paths to fail on; 4 something could not be seen.',
    )
    .action(async (given: RbacFlags, command: Command) => {
      if (given.allNamespaces && given.namespace !== undefined)
        command.error('error: --all-namespaces and --namespace do not go together');
      const { rbacCommand } = await import('./rbac.ts');
      setCode(await rbacCommand(withConnection(given), io));
    });
}

function file(value: string, earlier: readonly RbacFile[]): RbacFile[] {
  const equals = value.indexOf('=');
  const format = value.slice(0, Math.max(equals, 0));
  const name = value.slice(equals + 1);
  if (equals < 1 || name === '') throw new InvalidArgumentError('give a format and a file, as in html=rbac.html.');
  if (!isFormat(format)) throw new InvalidArgumentError(`the formats are ${rbacFormats.join(', ')}.`);
  if (name === '-') throw new InvalidArgumentError(`for standard output give -o ${format}.`);
  if (earlier.some((each) => each.file === name)) throw new InvalidArgumentError(`${name} is named twice.`);
  return [...earlier, { format, file: name }];
}

function isFormat(name: string): name is RbacFormat {
  return rbacFormats.some((format) => format === name);
}
