import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { checkManifest } from '../audit/check-manifest.ts';
import type { ManifestCheck } from '../audit/check-manifest.ts';
import { fixManifest } from '../audit/fix-manifest.ts';
import { encodeManifestText } from '../manifest/bytes.ts';
import type { ManifestFile } from '../manifest/files.ts';
import { manifestFiles } from '../manifest/files.ts';
import type { Action } from '../policy/finding.ts';
import { suggestion } from '../policy/policy-problem.ts';
import type { Policy } from '../policy/policy.ts';
import { jsonReport } from '../report/json.ts';
import type { Report } from '../report/report.ts';
import { reaches, ReportBuilder } from '../report/report.ts';
import { describeSource, tableReport } from '../report/table.ts';
import { plainLine, wantsColour } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';
import { UsageError } from './usage-error.ts';

export type CheckFormat = 'table' | 'json';

export interface CheckOptions {
  readonly output: CheckFormat;
  /** Policy file; the default policy where it is absent. */
  readonly policy?: string | undefined;
  readonly failOn: Exclude<Action, 'off'> | 'none';
  readonly namespace: string;
  /** Only these rules are held against the files; every rule where it is empty. */
  readonly rules: readonly string[];
  readonly fix: boolean;
  readonly write: boolean;
  readonly allowPartial: boolean;
}

/** `seawall check FILE... | DIR | -`: holds the policy against files, and mends them with --fix. */
export async function checkCommand(paths: readonly string[], options: CheckOptions, io: CommandIo): Promise<number> {
  const policy = onlyRules(await loadPolicy(options.policy), options.rules);
  const check: ManifestCheck = { policy, nowMs: io.now(), namespace: options.namespace };
  const builder = new ReportBuilder();
  let printed = false;
  for await (const file of manifestFiles(paths, io.stdin)) {
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
      await replaceFile(file.name, encodeManifestText(text, file.encoding));
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

function finish(report: Report, options: CheckOptions, io: CommandIo): number {
  for (const { message, source } of report.errors) {
    io.stderr(`${plainLine(`${describeSource(source)}: error: ${message}`, 2000)}\n`);
  }
  // With --fix alone standard output is the mended text, and nothing else may stand in it.
  const toStdout = !options.fix || options.write;
  const write = toStdout ? io.stdout : io.stderr;
  const isTty = toStdout ? io.isTty.stdout : io.isTty.stderr;
  write(options.output === 'json' ? jsonReport(report) : tableReport(report, { colour: wantsColour(isTty, io.env) }));
  if (options.failOn !== 'none' && reaches(report, options.failOn)) return exitCodes.findings;
  return report.errors.length > 0 && !options.allowPartial ? exitCodes.partial : exitCodes.ok;
}

/** @throws {UsageError} for a rule that does not exist */
function onlyRules(policy: Policy, rules: readonly string[]): Policy {
  if (rules.length === 0) return policy;
  const known = policy.rules.map(({ definition }) => definition.id);
  const unknown = rules.find((rule) => !known.includes(rule));
  if (unknown !== undefined) throw new UsageError(`there is no rule "${unknown}"${suggestion(unknown, known)}`);
  return { ...policy, rules: policy.rules.filter(({ definition }) => rules.includes(definition.id)) };
}

/**
 * Replaces a file in one step, so that a reader sees the old text or the new one and never half of it.
 * Keeps its mode; where the name is a link, the file behind it is replaced.
 */
async function replaceFile(name: string, bytes: Uint8Array): Promise<void> {
  const path = await realpath(name);
  const { mode } = await stat(path);
  const next = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(next, bytes, { mode, flag: 'wx' });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
