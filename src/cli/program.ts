import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { plainLine } from '../report/terminal.ts';
import { addAudit } from './audit-options.ts';
import { addCerts } from './certs-options.ts';
import type { CheckOptions } from './check.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { addInvestigate } from './investigate-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { addListen } from './listen-options.ts';
import type { PolicyShowOptions } from './policy.ts';
import { addPolicyCompile } from './policy-compile-options.ts';
import { addRbac } from './rbac-options.ts';
import { addRemediate } from './remediate-options.ts';
import { addRehearse } from './rehearse-options.ts';
import { addReportOptions } from './report-options.ts';
import type { ServeAuditFlags } from './serve-audit-options.ts';
import { addServeAuditOptions } from './serve-audit-options.ts';
import type { ServeOptions } from './serve-options.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command line and returns its exit code; it never throws for anything that a user can cause. */
export async function run(argv: readonly string[], version: string, io: CommandIo): Promise<number> {
  let code: number = exitCodes.ok;
  const program = makeProgram(version, io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    io.stderr(`seawall: ${plainMessage(error)}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

/** The message of an error; its lines are kept, control characters are not. */
function plainMessage(error: unknown): string {
  return reasonOf(error)
    .split('\n')
    .map((line) => plainLine(line, 2000))
    .join('\n');
}

type SetCode = (code: number) => void;

/** The whole command line; each command is loaded only when it is the one that runs. */
export function makeProgram(version: string, io: CommandIo, setCode: SetCode): Command {
  const program = new Command('seawall')
    .description('Keeps network tools off Kubernetes hosts.')
    .version(version, '--version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(try --help)')
    .helpCommand(true)
    // Flags behind a command are its own, as those of `investigate rbac`.
    .enablePositionalOptions();
  addCheck(program, version, io, setCode);
  addAudit(program, version, io, setCode);
  addRbac(addInvestigate(program, io, setCode).enablePositionalOptions(), 'rbac', io, setCode);
  addRbac(program, 'who', io, setCode);
  addRemediate(program, io, setCode);
  addRehearse(program, io, setCode);
  addPolicy(program, io, setCode);
  addServe(program, io, setCode);
  addListen(program, io, setCode);
  addCerts(program, io, setCode);
  return program;
}

function addCheck(program: Command, version: string, io: CommandIo, setCode: SetCode): void {
  addReportOptions(program.command('check'))
    .description('hold the policy against manifests: files, directories, or - for standard input')
    .argument('<path...>', 'YAML or JSON files, directories (read recursively), or -')
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .addOption(
      new Option('--fail-on <action>', 'exit with 3 at findings of this action or a harder one')
        .choices(['deny', 'warn', 'audit', 'none'])
        .default('deny'),
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option('--rule <id>', 'hold only this rule against the files (repeatable)', ruleId, [])
    .option('--fix', 'print the files with every safe repair made', false)
    .option('--write', 'with --fix: replace the files instead of printing them', false)
    .option('--allow-partial', 'do not exit with 4 where something could not be read', false)
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing at or above --fail-on; 1 failure; 2 usage; 3 findings; 4 something could not be read.',
    )
    .action(async (paths: string[], given: CheckFlags, command: Command) => {
      if (given.write && !given.fix) command.error('error: --write goes with --fix');
      if (given.write && paths.includes('-'))
        command.error('error: --write cannot replace standard input; use --fix alone');
      const { checkCommand } = await import('./check.ts');
      setCode(await checkCommand(paths, { ...given, rules: given.rule, version }, io));
    });
}

type CheckFlags = Omit<CheckOptions, 'rules' | 'version'> & { readonly rule: readonly string[] };

function ruleId(value: string, earlier: readonly string[]): string[] {
  if (!/^[a-z][a-z-]*$/.test(value)) throw new InvalidArgumentError('a rule id has small letters and hyphens only.');
  return [...earlier, value];
}

function addPolicy(program: Command, io: CommandIo, setCode: SetCode): void {
  const policy = program.command('policy').description('show, validate and explain policies');
  policy
    .command('show')
    .description('the policy in force, and where each value of it comes from')
    .addOption(new Option('-o, --output <format>', 'format').choices(['table', 'yaml', 'json']).default('table'))
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .action(async (given: PolicyShowOptions) => {
      const { policyShowCommand } = await import('./policy.ts');
      setCode(await policyShowCommand(given, io));
    });
  policy
    .command('validate')
    .description('tell every problem of policy files with its line')
    .argument('<file...>', 'policy files')
    .action(async (files: string[]) => {
      const { policyValidateCommand } = await import('./policy.ts');
      setCode(await policyValidateCommand(files, io));
    });
  policy
    .command('explain')
    .description('what a rule finds, why, and what to do')
    .argument('<rule>', 'rule id')
    .action(async (rule: string) => {
      const { policyExplainCommand } = await import('./policy.ts');
      setCode(policyExplainCommand(rule, io));
    });
  policy
    .command('schema')
    .description('the JSON Schema of the policy file')
    .action(async () => {
      const { policySchemaCommand } = await import('./policy.ts');
      setCode(policySchemaCommand(io));
    });
  addPolicyCompile(policy, io, setCode);
}

function addServe(program: Command, io: CommandIo, setCode: SetCode): void {
  addServeAuditOptions(program.command('serve'))
    .description('answer admission reviews over HTTPS')
    .option('--policy <file>', 'policy file, read again whenever it changes (default: the built-in policy)')
    .option('--host <address>', 'address to listen on (default: all; 127.0.0.1 with --development)')
    .option('--port <number>', 'port of the webhook', portNumber, 8443)
    .option('--health-port <number>', 'plain-HTTP port of /livez, /readyz and /metrics', portNumber, 8080)
    .option('--cert-file <file>', 'serving certificate chain (PEM), read again whenever it changes')
    .option('--key-file <file>', 'its private key (PEM)')
    .option('--development', 'make and serve development certificates below certs/', false)
    .option('--self-managed', 'keep certificates in a Secret, rotate them, and fill the caBundles', false)
    .option('--check-conditions', 'tell where the matchConditions in the cluster are of another policy', false)
    .option('--write-conditions', 'keep the matchConditions in the cluster those of the policy', false)
    .option('--conditions-lease <name>', 'with --write-conditions: Lease of all replicas', 'seawall-conditions')
    .option('--exec-targets', 'watch pods, so that an exec is judged by its target', false)
    .option('--namespace <name>', 'namespace of Service, Secret and Lease (default: that of this pod)')
    .option('--service <name>', 'with --self-managed: Service that leads to the webhook', 'seawall')
    .option('--secret <name>', 'with --self-managed: Secret of the certificates', 'seawall-certificates')
    .option('--lease <name>', 'with --self-managed: Lease of the replica that rotates', 'seawall')
    .option('--kubeconfig <file>', 'how to reach the cluster (default: the ServiceAccount of this pod)')
    .option('--context <name>', 'context of the kubeconfig')
    .addOption(
      new Option('--log-level <level>', 'least level of log lines')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .option('--drain-delay <seconds>', 'seconds to serve on after a signal to stop (default: 5)', seconds)
    .action(async (given: ServeFlags) => {
      const { auditResync: auditResyncMs, drainDelay: drainDelaySeconds, ...options } = given;
      const { serveCommand } = await import('./serve.ts');
      setCode(await serveCommand({ ...options, auditResyncMs, drainDelaySeconds }, io));
    });
}

type ServeFlags = Omit<ServeOptions, 'drainDelaySeconds' | 'auditResyncMs'> &
  ServeAuditFlags & { readonly drainDelay?: number };

function portNumber(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return Number(value);
}

function seconds(value: string): number {
  if (!/^\d{1,4}$/.test(value)) throw new InvalidArgumentError('give a whole number of seconds, at most 9999.');
  return Number(value);
}
