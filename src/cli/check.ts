import { checkManifest } from '../audit/check-manifest.ts';
import type { ManifestCheck } from '../audit/check-manifest.ts';
import { fixManifest } from '../audit/fix-manifest.ts';
import { encodeManifestText } from '../manifest/bytes.ts';
import type { ManifestFile } from '../manifest/files.ts';
import { manifestFiles } from '../manifest/files.ts';
import type { Action } from '../policy/finding.ts';
import { suggestion } from '../policy/policy-problem.ts';
import type { Policy } from '../policy/policy.ts';
import { describeSource } from '../report/describe.ts';
import type { Report } from '../report/report.ts';
import { isPartial, reaches } from '../report/report.ts';
import { ReportBuilder } from '../report/report-builder.ts';
import { plainLine } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';
import { replaceFile } from './replace-file.ts';
import { UsageError } from './usage-error.ts';
import type { ReportOutputs } from './write-report.ts';
import { wantsDetail, writeReport } from './write-report.ts';

export interface CheckOptions extends ReportOutputs {
  /** Policy file; the default policy where it is absent. */
  readonly policy?: string | undefined;
  readonly failOn: Exclude<Action, 'off'> | 'none';
  readonly namespace: string;
  /** Only these rules are held against the files; every rule where it is empty. */
  readonly rules: readonly string[];
  readonly fix: boolean;
  readonly write: boolean;
  readonly allowPartial: boolean;
  /** Version of Seawall; some formats tell it. */
  readonly version: string;
}

/** `seawall check FILE... | DIR | -`: holds the policy against files, and mends them with --fix. */
export async function checkCommand(paths: readonly string[], options: CheckOptions, io: CommandIo): Promise<number> {
  const policy = onlyRules(await loadPolicy(options.policy), options.rules);
  const { namespace } = options;
  const check: ManifestCheck = { policy, nowMs: io.now(), namespace, detail: wantsDetail(options) };
  const builder = new ReportBuilder();
  let printed = false;
  for await (const file of manifestFiles(paths, io.stdinChunks)) {
    if ('error' in file) {
      builder.addError({ message: file.error, source: { file: file.name, line: 1, column: 1 } });
      continue;
    }
    const text = options.fix ? await mend(file, options.write, check, builder, io) : file.text;
    if (options.fix && !options.write) {
      io.stdout(printed ? `---\n${text}` : text);
      printed = true;
    }
    checkManifest(file.name, text, check, builder);
  }
  return finish(builder.finish(), options, io);
}

/** Mends a file, on the disk too where `write` says so, and returns its text; where it cannot be replaced, the old one. */
async function mend(
  file: ManifestFile,
  write: boolean,
  check: ManifestCheck,
  builder: ReportBuilder,
  io: CommandIo,
): Promise<string> {
  const { text, notes, refusals } = fixManifest(file.text, check);
  if (write && text !== file.text) {
    try {
      await replaceFile(file.name, [encodeManifestText(text, file.encoding)]);
    } catch (error) {
      const message = `cannot be replaced: ${reasonOf(error)}`;
      builder.addError({ message, source: { file: file.name, line: 1, column: 1 } });
      return file.text;
    }
  }
  for (const note of notes) io.stderr(`${plainLine(`${file.name}: ${note}`)}\n`);
  for (const refusal of refusals) io.stderr(`${plainLine(`${file.name}: not repaired: ${refusal}`)}\n`);
  return text;
}

async function finish(report: Report, options: CheckOptions, io: CommandIo): Promise<number> {
  for (const { message, source } of report.errors) {
    const place = source === undefined ? '' : `${describeSource(source)}: `;
    io.stderr(`${plainLine(`${place}error: ${message}`, 2000)}\n`);
  }
  // With --fix alone standard output is the mended text, and nothing else may stand in it.
  const stream = options.fix && !options.write ? 'stderr' : 'stdout';
  await writeReport(report, options, stream, options.version, io);
  if (options.failOn !== 'none' && reaches(report, options.failOn)) return exitCodes.findings;
  return isPartial(report) && !options.allowPartial ? exitCodes.partial : exitCodes.ok;
}

/** @throws {UsageError} for a rule that does not exist */
function onlyRules(policy: Policy, rules: readonly string[]): Policy {
  if (rules.length === 0) return policy;
  const known = policy.rules.map(({ definition }) => definition.id);
  const unknown = rules.find((rule) => !known.includes(rule));
  if (unknown !== undefined) throw new UsageError(`there is no rule "${unknown}"${suggestion(unknown, known)}`);
  return { ...policy, rules: policy.rules.filter(({ definition }) => rules.includes(definition.id)) };
}
