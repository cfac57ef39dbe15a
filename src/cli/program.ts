import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { plainLine } from '../report/terminal.ts';
import type { CheckOptions } from './check.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
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
    io.stderr(`seawall: ${error instanceof Error ? plainMessage(error) : 'unknown error'}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

/** The message of an error and of what caused it; lines are kept, control characters are not. */
function plainMessage(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${error.cause.message}` : '';
  return `${error.message}${cause}`
    .split('\n')
    .map((line) => plainLine(line, 2000))
    .join('\n');
}

type SetCode = (code: number) => void;

/** The whole command line; each command is loaded only when it is the one that runs. */
function makeProgram(version: string, io: CommandIo, setCode: SetCode): Command {
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
    .helpCommand(true);
  addCheck(program, io, setCode);
  addPolicy(program, io, setCode);
  addServe(program, io, setCode);
  addCerts(program, io, setCode);
  return program;
}

function addCheck(program: Command, io: CommandIo, setCode: SetCode): void {
  program
    .command('check')
    .description('hold the policy against manifests: files, directories, or - for standard input')
    .argument('<path...>', 'YAML or JSON files, directories (read recursively), or -')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(['table', 'json']).default('table'))
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
      setCode(await checkCommand(paths, { ...given, rules: given.rule }, io));
    });
}

type CheckFlags = Omit<CheckOptions, 'rules'> & { readonly rule: readonly string[] };

function ruleId(value: string, earlier: readonly string[]): string[] {
  if (!/^[a-z][a-z-]*$/.test(value)) throw new InvalidArgumentError('a rule id has small letters and hyphens only.');
  return [...earlier, value];
}
