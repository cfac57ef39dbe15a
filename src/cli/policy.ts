import { policyWarnings, policyJsonSchema } from '../policy/policy.ts';
import type { Policy } from '../policy/policy.ts';
import { formatProblem, nearestWord, quote } from '../policy/policy-problem.ts';
import { ruleDefinitions } from '../policy/rules/index.ts';
import { formatFileProblem, PolicyFileError } from '../policy-file/policy-file-error.ts';
import { readPolicyDocument } from '../policy-file/read.ts';
import { writePolicyText } from '../policy-file/write.ts';
import { policyJson } from '../report/policy-json.ts';
import { policyTable } from '../report/policy-table.ts';
import { rulePage } from '../report/rule-page.ts';
import { plainLine, plainText, wantsColour } from '../report/terminal.ts';
import { terminalPage } from '../report/terminal-page.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy, readPolicyFile } from './load-policy.ts';
import { UsageError } from './usage-error.ts';

export type PolicyFormat = 'table' | 'yaml' | 'json';

export interface PolicyShowOptions {
  readonly output: PolicyFormat;
  /** Policy file; the built-in policy where it is absent. */
  readonly policy?: string | undefined;
}

/** `seawall policy show`: the policy in force, with where each of its values comes from. */
export async function policyShowCommand(options: PolicyShowOptions, io: CommandIo): Promise<number> {
  const policy = await loadPolicy(options.policy);
  io.stdout(showPolicy(policy, options.output, io));
  return exitCodes.ok;
}

function showPolicy(policy: Policy, format: PolicyFormat, io: CommandIo): string {
  switch (format) {
    case 'table':
      return policyTable(policy, { colour: wantsColour(io.isTty.stdout, io.env), nowMs: io.now() });
    case 'yaml':
      return plainText(writePolicyText(policy));
    case 'json':
      return plainText(policyJson(policy, io.now()));
  }
}

/**
 * `seawall policy validate FILE...`: says of each file whether it can be taken, with every problem and warning at its
 * line. Warnings leave the exit code at 0; a file that cannot be read or taken makes it 1, after the others were read.
 */
export async function policyValidateCommand(files: readonly string[], io: CommandIo): Promise<number> {
  let code: number = exitCodes.ok;
  for (const file of files) {
    try {
      const { policy, locate } = readPolicyDocument(await readPolicyFile(file, io.stdin), file);
      for (const warning of policyWarnings(policy, io.now())) {
        const message = `warning: ${formatProblem(warning)}`;
        tell(io, formatFileProblem(file, { ...locate(warning.path), message }));
      }
      io.stdout(`${plainLine(`${file}: policy ${quote(policy.name)} is valid`)}\n`);
    } catch (error) {
      for (const line of errorLines(error)) tell(io, line);
      code = exitCodes.failed;
    }
  }
  return code;
}

/** Longest line of an error or a warning; the message quotes at most 80 characters of a file's text. */
const lineLimit = 2000;

function tell(io: CommandIo, line: string): void {
  io.stderr(`${plainLine(line, lineLimit)}\n`);
}

function errorLines(error: unknown): string[] {
  if (error instanceof PolicyFileError) return error.problems.map((problem) => formatFileProblem(error.file, problem));
  return [reasonOf(error)];
}

/**
 * `seawall policy explain RULE`: the page of one rule.
 * @throws {UsageError} for a rule that does not exist, with the nearest that does
 */
export function policyExplainCommand(rule: string, io: CommandIo): number {
  const definition = ruleDefinitions.find(({ id }) => id === rule);
  if (definition === undefined) {
    const ids = ruleDefinitions.map(({ id }) => id);
    const near = nearestWord(rule, ids);
    const hint = near === undefined ? `; rules: ${ids.join(', ')}` : `; did you mean ${quote(near)}?`;
    throw new UsageError(`unknown rule ${quote(rule)}${hint}`);
  }
  io.stdout(terminalPage(rulePage(definition), { colour: wantsColour(io.isTty.stdout, io.env) }));
  return exitCodes.ok;
}

/** `seawall policy schema`: the JSON Schema (draft 2020-12) of the policy file. */
export function policySchemaCommand(io: CommandIo): number {
  io.stdout(`${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`);
  return exitCodes.ok;
}
