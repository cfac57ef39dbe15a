import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { CertsOptions } from './certs.ts';
import type { CommandIo } from './io.ts';

/** Adds `seawall certs` and what is below it. */
export function addCerts(program: Command, io: CommandIo, setCode: (code: number) => void): void {
  const certs = program.command('certs').description('show, rotate and make the self-managed certificates');
  withInstallation(certs.command('status'))
    .description('each certificate, whether each caBundle is in step, who leads, and what comes next')
    .addOption(new Option('-o, --output <format>', 'format').choices(['table', 'json']).default('table'))
    .addHelpText('after', '\nExit codes: 0 all in step; 1 failure; 2 usage; 3 something needs a person.')
    .action(async (given: CertsOptions & { readonly output: 'table' | 'json' }) => {
      const { certsStatusCommand } = await import('./certs.ts');
      setCode(await certsStatusCommand(given, io));
    });
  withInstallation(certs.command('rotate'))
    .description('ask the leader for a new authority, and follow until it is in force')
    .option('--timeout <seconds>', 'how long to follow', seconds, 300)
    .addHelpText('after', '\nExit codes: 0 done; 1 failure, or not done in time; 2 usage; 3 something needs a person.')
    .action(async (given: CertsOptions & { readonly timeout: number }) => {
      const { certsRotateCommand } = await import('./certs.ts');
      setCode(await certsRotateCommand({ ...given, timeoutSeconds: given.timeout }, io));
    });
  withInstallation(certs.command('init'))
    .description('make the Secret and fill the caBundles before the first start')
    .action(async (given: CertsOptions) => {
      const { certsInitCommand } = await import('./certs-init.ts');
      setCode(await certsInitCommand(given, io));
    });
}

function withInstallation(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig file (default: as kubectl finds it)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <name>', 'namespace of Seawall', 'seawall')
    .option('--service <name>', 'Service that leads to the webhook', 'seawall')
    .option('--secret <name>', 'Secret of the certificates', 'seawall-certificates')
    .option('--lease <name>', 'Lease of the replica that rotates', 'seawall');
}

function seconds(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('give a whole number of seconds, at most 99999.');
  return Number(value);
}
