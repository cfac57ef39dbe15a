import { readFile } from 'node:fs/promises';
import { auditDump } from '../audit/audit-dump.ts';
import type { Baseline } from '../audit/baseline.ts';
import { readBaseline } from '../audit/baseline.ts';
import { refusesPods } from '../audit/coverage.ts';
import { manifestSources } from '../manifest/files.ts';
import { strictText } from '../mounted-files/strict-text.ts';
import type { Action } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import { counted, describeObject, describeSource } from '../report/describe.ts';
import type { ReportApiChoice } from '../report/report-api-choices.ts';
import type { Report } from '../report/report.ts';
import { isPartial, reaches } from '../report/report.ts';
import { plainLine } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { auditLive } from './audit-live.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';
import { UsageError } from './usage-error.ts';
import type { ReportOutputs } from './write-report.ts';
import { wantsDetail, writeReport } from './write-report.ts';

export interface AuditOptions extends ReportOutputs, ConnectionOptions {
  /** Policy file; the built-in policy where it is absent. */
  readonly policy?: string | undefined;
  /** Files, directories or `-` to audit instead of a cluster. */
  readonly from: readonly string[];
  /** Only this namespace; all where it is absent. */
  readonly namespace?: string | undefined;
  /** Requests a second, at most. */
  readonly qps: number;
  /** An earlier JSON report. */
  readonly baseline?: string | undefined;
  readonly failOn: Exclude<Action, 'off'> | 'none';
  readonly failOnNew: boolean;
  readonly enforceCheck: boolean;
  readonly allowPartial: boolean;
  /** Whether the report objects in the cluster are brought up to date, and of which API they are. */
  readonly writeReports: boolean;
  readonly reportApi: ReportApiChoice;
  readonly version: string;
}

/** `seawall audit`: holds the policy against what runs in a cluster, or against a dump of one. */
export async function auditCommand(options: AuditOptions, io: CommandIo): Promise<number> {
  if (options.failOnNew && options.baseline === undefined) throw new UsageError('--fail-on-new goes with --baseline');
  if (options.writeReports && options.from.length > 0)
    throw new UsageError('--write-reports goes with a cluster, not with --from');
  const policy = await loadPolicy(options.policy);
  if (options.enforceCheck && !refusesPods(policy)) {
    throw new UsageError('--enforce-check: this policy refuses no pod; name the one to switch to (--policy)');
  }
  const baseline = options.baseline === undefined ? undefined : await loadBaseline(options.baseline);
  const { report, failures } =
    options.from.length > 0
      ? { report: await fromFiles(options, policy, baseline, io), failures: [] }
      : await auditLive(options, policy, baseline, io);
  tell(report, io);
  if (baseline !== undefined) tellBaseline(baseline, report, io);
  await writeReport(report, options, 'stdout', options.version, io);
  if (options.enforceCheck) tellRisk(report, io);
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return exitCode(report, options);
}

async function loadBaseline(file: string): Promise<Baseline> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new Error(`${file}: the baseline cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return readBaseline(file, strictText(bytes));
}

async function fromFiles(
  options: AuditOptions,
  policy: Policy,
  baseline: Baseline | undefined,
  io: CommandIo,
): Promise<Report> {
  const { from, namespace } = options;
  const files = manifestSources(from, io.stdinChunks);
  const detail = wantsDetail(options);
  return (await auditDump(files, { policy, nowMs: io.now(), namespace, baseline, detail })).report;
}

/** What must not be overlooked, whatever the format. */
function tell(report: Report, io: CommandIo): void {
  for (const { message, source } of report.errors) {
    const place = source === undefined ? '' : `${describeSource(source)}: `;
    io.stderr(`${plainLine(`${place}error: ${message}`, 2000)}\n`);
  }
  for (const { what, reason, unknown } of report.partial ?? []) {
    io.stderr(`${plainLine(`not seen: ${what}: ${reason}; not known: ${unknown}`, 2000)}\n`);
  }
}

/** What keeps a comparison from being the whole truth. */
function tellBaseline({ name, isPartial: isPart, namespace }: Baseline, report: Report, io: CommandIo): void {
  if (isPartial(report)) io.stderr('the scan is partial: what is fixed since the baseline cannot be told\n');
  const isOfOther = namespace !== undefined && namespace !== report.namespace;
  if (!isPart && !isOfOther) return;
  const why = isOfOther ? `is of namespace ${namespace} alone` : 'is partial';
  io.stderr(`${plainLine(`${name} ${why}: what was not seen for it is told as new`)}\n`);
}

/** By owner, what would be refused, and what to paste; standard output has one document already. */
function tellRisk(report: Report, io: CommandIo): void {
  const { recreateRisk = [] } = report;
  for (const { owner, pods, rules, remedy = '' } of recreateRisk) {
    const what = pods === 0 ? 'what it makes' : counted(pods, 'pod');
    io.stderr(`${plainLine(`# ${describeObject(owner)}: ${what} would be refused (${rules.join(', ')})`)}\n`);
    // Whole: a line of YAML that is cut is none.
    for (const line of remedy.split('\n')) io.stderr(`${plainLine(line, Number.POSITIVE_INFINITY)}\n`);
  }
  if (recreateRisk.length === 0) io.stderr(`${noRisk(report)}\n`);
}

function noRisk(report: Report): string {
  const { denied } = report.summary;
  const seen = isPartial(report) ? 'nothing that was seen to run' : 'nothing that runs';
  const others =
    denied === 0
      ? ''
      : `; ${counted(denied, 'object')} with findings to refuse ${denied === 1 ? 'is' : 'are'} scaled to zero, ended, a mirror pod, or repaired at admission`;
  const rest = isPartial(report) ? '; not everything was seen' : '';
  return `${seen} would be refused if it were created now${others}${rest}`;
}

function exitCode(report: Report, options: AuditOptions): number {
  const { failOn, failOnNew, enforceCheck, allowPartial } = options;
  const found =
    (failOn !== 'none' && reaches(report, failOn)) ||
    (failOnNew && (report.deltas?.new ?? 0) > 0) ||
    (enforceCheck && (report.recreateRisk?.length ?? 0) > 0);
  if (found) return exitCodes.findings;
  return isPartial(report) && !allowPartial ? exitCodes.partial : exitCodes.ok;
}
