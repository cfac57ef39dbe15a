import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { CommandIo } from './io.ts';
import type { ListenCommandOptions } from './listen.ts';

/** Adds `seawall listen`. */
export function addListen(program: Command, io: CommandIo, setCode: (code: number) => void): void {
  program
    .command('listen')
    .description('receive events of Falco or Falcosidekick over HTTPS, and open an investigated case for each')
    .requiredOption('--secret-file <file>', 'file of the shared secret, one a line; read again whenever it changes')
    .requiredOption('--cases <folder>', 'folder that cases are kept in')
    .requiredOption('--cert-file <file>', 'serving certificate chain (PEM), read again whenever it changes')
    .requiredOption('--key-file <file>', 'its private key (PEM)')
    .option('--max-cases <number>', 'cases that are kept; the oldest that have an outcome make room', natural, 100_000)
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .option('--host <address>', 'address to listen on (default: all)')
    .option('--port <number>', 'port for events', port, 8443)
    .option('--health-port <number>', 'plain-HTTP port of /livez, /readyz and /metrics', port, 8080)
    .option('--act', 'annotate or evict pods of namespaces that opted in (label seawall.dev/on-alert)', false)
    .option('--kubeconfig <file>', 'how to reach the cluster (default: the ServiceAccount of this pod)')
    .option('--context <name>', 'context of the kubeconfig')
    .addOption(
      new Option('--log-level <level>', 'least level of log lines')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .action(async (given: ListenCommandOptions) => {
      const { listenCommand } = await import('./listen.ts');
      setCode(await listenCommand(given, io));
    });
}

function port(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  }
  return Number(value);
}

function natural(value: string): number {
  if (!/^\d{1,7}$/.test(value) || Number(value) === 0)
    throw new InvalidArgumentError('give a number from 1 to 9999999.');
  return Number(value);
}
