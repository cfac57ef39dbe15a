import { readFile } from 'node:fs/promises';
import { admissionInForce, guardNamespace } from '../investigate/admission-in-force.ts';
import { manifestFiles } from '../manifest/files.ts';
import { strictText } from '../mounted-files/strict-text.ts';
import type { Dangling } from '../rbac/analysis.ts';
import { RbacAnalysis } from '../rbac/analysis.ts';
import type { RbacBaseline } from '../rbac/baseline.ts';
import { againstBaseline, readRbacBaseline } from '../rbac/baseline.ts';
import type { RbacSnapshot } from '../rbac/collect.ts';
import { isRefused } from '../rbac/effect.ts';
import type { Identity } from '../rbac/evaluate.ts';
import { implicitGroups } from '../rbac/evaluate.ts';
import type { RbacFormat } from '../rbac/formats/rbac-format-names.ts';
import { formatRbac } from '../rbac/formats/rbac-formats.ts';
import { aboutLines } from '../rbac/formats/rbac-text.ts';
import { objectText } from '../rbac/objects.ts';
import type { RbacReport } from '../rbac/rbac-report.ts';
import { isPartialReport, rbacReport } from '../rbac/rbac-report.ts';
import { readRbac } from '../rbac/read-cluster.ts';
import { readRbacFiles } from '../rbac/read-files.ts';
import type { ReportError, Unseen } from '../report/report.ts';
import { plainLine, wantsColour } from '../report/terminal.ts';
import { reasonOf } from '../telemetry/reason.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy } from './load-policy.ts';
import { readingCluster } from './reading-cluster.ts';
import { replaceFile } from './replace-file.ts';
import { UsageError } from './usage-error.ts';

/** A file that the report goes to, and its format. */
export interface RbacFile {
  readonly format: RbacFormat;
  readonly file: string;
}

export interface RbacCommandOptions extends ConnectionOptions {
  /** Files, directories or `-` instead of a cluster. */
  readonly from: readonly string[];
  readonly policy?: string | undefined;
  readonly namespace?: string | undefined;
  readonly system: boolean;
  /** An earlier JSON report. */
  readonly baseline?: string | undefined;
  readonly failOn: 'new' | 'possible' | 'none';
  readonly output: RbacFormat;
  readonly out: readonly RbacFile[];
  readonly allowPartial: boolean;
}

/** What was read, and from where. */
interface Read {
  readonly snapshot: RbacSnapshot;
  readonly cluster: string | undefined;
  readonly partial: readonly Unseen[];
  readonly errors: readonly ReportError[];
}

/** `seawall investigate rbac`: who could launch a network tool, and by which grant. */
export async function rbacCommand(options: RbacCommandOptions, io: CommandIo): Promise<number> {
  if (options.failOn === 'new' && options.baseline === undefined)
    throw new UsageError('--fail-on new goes with --baseline');
  if (options.asGroups.length > 0 && options.as === undefined) throw new UsageError('--as-group goes with --as');
  const policy = await loadPolicy(options.policy);
  const baseline = options.baseline === undefined ? undefined : await loadBaseline(options.baseline);
  const { snapshot, cluster, partial, errors } =
    options.from.length > 0 ? await fromFiles(options, io) : await fromCluster(options, io);
  const unseen = (what: string): boolean => partial.some((each) => each.what === what);
  const guard = guardNamespace(snapshot.webhookConfigurations);
  const known = !unseen('validatingwebhookconfigurations');
  const analysis = new RbacAnalysis(snapshot, guard);
  const rolesKnown = options.from.length === 0 && !unseen('clusterroles') && !unseen('roles');
  const report = rbacReport(analysis, {
    rolesKnown,
    cluster,
    person: personOf(options),
    namespace: options.namespace,
    notes: notesOf(options, guard, known),
    partial: options.from.length === 0 ? partial : analysis.dangling.map(notInFiles),
    errors,
    admission: admissionInForce(snapshot, {
      policy,
      nowMs: io.now(),
      webhooksKnown: known,
      labelsKnown: !unseen('namespaces'),
    }),
  });
  const compared = baseline === undefined ? report : againstBaseline(report, baseline);
  if (options.output !== 'table') for (const line of aboutLines(compared)) io.stderr(`${plainLine(line, 2000)}\n`);
  await write(compared, options, io);
  return exitCode(compared, options);
}

/** A role that the files do not hold may stand in the cluster that they go to. */
function notInFiles({ binding, missing }: Dangling): Unseen {
  return { what: missing, reason: 'the files do not hold it', unknown: `what ${objectText(binding)} grants` };
}

function personOf({ as, asGroups }: RbacCommandOptions): Identity | undefined {
  return as === undefined ? undefined : { user: as, groups: [...new Set([...asGroups, ...implicitGroups(as)])] };
}

function notesOf({ as, asGroups, from }: RbacCommandOptions, guard: string | undefined, known: boolean): string[] {
  return [
    ...(as !== undefined && asGroups.length === 0 && !as.startsWith('system:')
      ? [`groups of ${as} are not known to the API server: name them with --as-group`]
      : []),
    ...(guard === undefined && known
      ? [
          from.length > 0
            ? 'no webhook of Seawall is in the files: what it would refuse is not told, nor L19 and L22'
            : 'Seawall is not registered in this cluster: it refuses nothing, and L19 and L22 do not apply',
        ]
      : []),
  ];
}

async function loadBaseline(file: string): Promise<RbacBaseline> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new Error(`${file}: the baseline cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return readRbacBaseline(file, strictText(bytes));
}

async function fromFiles({ from }: RbacCommandOptions, io: CommandIo): Promise<Read> {
  const { snapshot, errors, objects } = await readRbacFiles(manifestFiles(from, io.stdinChunks));
  if (objects === 0 && errors.length === 0) {
    throw new UsageError(`${from.join(', ')}: no Role, ClusterRole, RoleBinding or ClusterRoleBinding is in it`);
  }
  return { snapshot, cluster: undefined, partial: [], errors };
}

function fromCluster(options: RbacCommandOptions, io: CommandIo): Promise<Read> {
  const { namespace } = options;
  // Who is asked about is not who asks.
  const asker = { ...options, as: undefined, asGroups: [] };
  return readingCluster(asker, io, async ({ client, list, source }) => {
    const { snapshot, unseen } = await readRbac(client, { namespace, list });
    // Nothing is a good answer of a namespace that is there, and none of one that is misspelt.
    const areNamespacesKnown = !unseen.some(({ what }) => what === 'namespaces');
    if (namespace !== undefined && areNamespacesKnown && !snapshot.namespaces.has(namespace))
      throw new Error(`${namespace}: the cluster has no namespace of this name (kubectl get namespaces)`);
    return { snapshot, cluster: source, partial: unseen, errors: [] };
  });
}

/** Writes the report to its files, each in one step, and then to standard output. */
async function write(report: RbacReport, options: RbacCommandOptions, io: CommandIo): Promise<void> {
  const { output, out, system } = options;
  const settings = { system, nowMs: io.now() };
  const failures: string[] = [];
  for (const { format, file } of out) {
    try {
      await replaceFile(file, await formatRbac(report, format, { ...settings, colour: false }));
    } catch (error) {
      failures.push(`${file}: the ${format} report cannot be written: ${reasonOf(error)}`);
    }
  }
  const colour = wantsColour(io.isTty.stdout, io.env);
  for (const chunk of await formatRbac(report, output, { ...settings, colour })) io.stdout(chunk);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

function exitCode(report: RbacReport, { failOn, allowPartial }: RbacCommandOptions): number {
  const isOpen = report.subjects.some(
    ({ isSystem, paths }) => !isSystem && paths.some(({ effects }) => effects.some(({ effect }) => !isRefused(effect))),
  );
  const found = (failOn === 'new' && (report.deltas?.new ?? 0) > 0) || (failOn === 'possible' && isOpen);
  if (found) return exitCodes.findings;
  return isPartialReport(report) && !allowPartial ? exitCodes.partial : exitCodes.ok;
}
