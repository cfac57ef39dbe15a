import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { investigationFormats, isInvestigationFormat } from '../investigate/format-names.ts';
import type { ConnectionFlags } from './connection-options.ts';
import { addConnectionOptions, repeated, withConnection } from './connection-options.ts';
import type { InvestigateCommandOptions, InvestigationFile } from './investigate.ts';
import type { CommandIo } from './io.ts';

type InvestigateFlags = ConnectionFlags &
  Omit<InvestigateCommandOptions, 'asGroups' | 'requestTimeoutMs' | 'auditLogs'> & {
    readonly auditLog: readonly string[];
  };

/** Adds `seawall investigate`; returns it, for what is below it. */
export function addInvestigate(program: Command, io: CommandIo, setCode: (code: number) => void): Command {
  return addConnectionOptions(program.command('investigate'))
    .description(
      'from a pod, an owner, a node, an image or a Falco event to what ran, how it came there, who, and what to do',
    )
    .argument('[subject...]', 'pod/NAME, deploy/NAME or any kind, node/NAME, image/NAME')
    .option('-n, --namespace <name>', 'namespace of the pod or owner (default: that of the context)')
    .option('--event <file>', 'Falco events instead: one, a list, or JSON lines; - for standard input')
    .option(
      '--audit-log <path>',
      'audit log of the API server, or log of seawall serve: a file, a directory, or - (repeatable); gzip too',
      repeated,
      [],
    )
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .addOption(
      new Option('-o, --output <format>', 'format on standard output').choices(investigationFormats).default('table'),
    )
    .option('--out <format=file>', 'write it to a file too (repeatable)', file, [])
    .option('--allow-partial', 'do not exit with 4 where something could not be seen', false)
    .addHelpText('after', '\nIt only reads. Exit codes: 0 done; 1 failure; 2 usage; 4 something could not be seen.')
    .action(async (words: string[], given: InvestigateFlags) => {
      const { investigateCommand } = await import('./investigate.ts');
      const { auditLog: auditLogs, ...options } = withConnection(given);
      setCode(await investigateCommand(words, { ...options, auditLogs }, io));
    });
}

function file(value: string, earlier: readonly InvestigationFile[]): InvestigationFile[] {
  const equals = value.indexOf('=');
  const format = value.slice(0, Math.max(equals, 0));
  const name = value.slice(equals + 1);
  if (equals < 1 || name === '') throw new InvalidArgumentError('give a format and a file, as in html=case.html.');
  if (!isInvestigationFormat(format))
    throw new InvalidArgumentError(`the formats are ${investigationFormats.join(', ')}.`);
  if (name === '-') throw new InvalidArgumentError(`for standard output give -o ${format}.`);
  if (earlier.some((each) => each.file === name)) throw new InvalidArgumentError(`${name} is named twice.`);
  return [...earlier, { format, file: name }];
}
