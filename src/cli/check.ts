import { randomUUID } from 'node:crypto';
import { realpath, rename, stat, writeFile } from 'node:fs/promises';
import { checkManifest } from '../audit/check-manifest.ts';
import type { ManifestCheck } from '../audit/check-manifest.ts';
import { fixManifest } from '../audit/fix-manifest.ts';
import { encodeManifestText } from '../manifest/bytes.ts';
import { manifestFiles } from '../manifest/files.ts';
import type { Action } from '../policy/finding.ts';
import { suggestion } from '../policy/policy-problem.ts';
import type { Policy } from '../policy/policy.ts';
import { jsonReport } from '../report/json.ts';
import type { Report } from '../report/report.ts';
import { reaches, ReportBuilder } from '../report/report.ts';
import { describeSource, tableReport } from '../report/table.ts';
import { plainLine, wantsColour } from '../report/terminal.ts';
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
    let { text } = file;
    if (options.fix) {
      const fixed = fixManifest(text, check);
      for (const note of fixed.notes) io.stderr(`${plainLine(`${file.name}: ${note}`)}\n`);
      for (const refusal of fixed.refusals) io.stderr(`${plainLine(`${file.name}: not repaired: ${refusal}`)}\n`);
      if (!options.write) {
        if (printed) io.stdout('---\n');
        io.stdout(fixed.text);
        printed = true;
      } else if (fixed.text !== text) await replaceFile(file.name, encodeManifestText(fixed.text, file.encoding));
      ({ text } = fixed);
    }
    checkManifest(file.name, text, check, builder);
  }
  return finish(builder.finish(), options, io);
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
  await writeFile(next, bytes, { mode, flag: 'wx' });
  await rename(next, path);
}
