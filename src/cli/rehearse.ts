import { createApiClient } from '../cluster/api-client.ts';
import type { ApiClient } from '../cluster/api.ts';
import { findCredentials } from '../cluster/connect.ts';
import { createPace } from '../cluster/pace.ts';
import type { Rehearsal, RehearsedWorkload } from '../rehearse/rehearse.ts';
import { rehearse } from '../rehearse/rehearse.ts';
import { checkStage } from '../rehearse/replay.ts';
import type { PlannedTarget } from '../remediate/plan.ts';
import { readPlan } from '../remediate/plan-file.ts';
import { checkBinding, checkTarget } from '../remediate/preconditions.ts';
import { describeObject } from '../report/describe.ts';
import { jsonText, plainLine } from '../report/terminal.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';
import { loadPolicy, readPolicyFile } from './load-policy.ts';
import { checkPolicy } from './remediate-apply.ts';
import type { Session } from './remediate-cluster.ts';
import { withCluster } from './remediate-cluster.ts';
import { UsageError } from './usage-error.ts';

export interface RehearseOptions extends ConnectionOptions {
  /** The candidate; beside a plan the policy that is in force, to be held against the plan's. */
  readonly policy?: string | undefined;
  readonly namespace?: string | undefined;
  readonly scratch?: string | undefined;
  readonly toContext?: string | undefined;
  readonly plan?: string | undefined;
  readonly output: 'table' | 'json';
}

/** `seawall rehearse`: what a candidate policy would make of today's workloads, or what a plan would meet. */
export async function rehearseCommand(options: RehearseOptions, io: CommandIo): Promise<number> {
  const { plan, scratch, toContext } = options;
  if (toContext !== undefined && scratch === undefined) throw new UsageError('--to-context goes with --scratch');
  if (plan !== undefined && (scratch !== undefined || options.namespace !== undefined)) {
    throw new UsageError('--plan is tried whole, where it would be applied: it goes with neither -n nor --scratch');
  }
  return withCluster(options, io, (session) =>
    plan === undefined ? ofPolicy(options, session, io) : ofPlan(plan, options, session, io),
  );
}

async function ofPolicy(options: RehearseOptions, session: Session, io: CommandIo): Promise<number> {
  const { namespace, scratch, output } = options;
  const candidate = await loadPolicy(options.policy);
  const stage = await stageOf(options, session, io);
  try {
    if (stage !== undefined && scratch !== undefined) await checkStage(stage.client, scratch);
    const result = await rehearse(session.client, {
      candidate,
      nowMs: session.now(),
      namespace,
      list: { pace: createPace(50), signal: session.signal },
      stage: stage === undefined || scratch === undefined ? undefined : { client: stage.client, namespace: scratch },
    });
    const about = [
      `candidate policy ${candidate.name}: judged here, by this seawall, as its webhook would`,
      stage === undefined
        ? 'no server was asked (--scratch): other webhooks, Pod Security and quota are not in this'
        : `server: dry run in namespace ${scratch ?? ''} of ${stage.source}: it answers with what is in force there, which is the candidate only where that was installed there`,
    ];
    io.stdout(output === 'json' ? jsonOf(result, about) : tableOf(result, about));
    if (result.counts.refused + result.refusedByServer > 0) return exitCodes.findings;
    return result.unseen.length + result.unanswered > 0 ? exitCodes.partial : exitCodes.ok;
  } finally {
    if (stage !== undefined && stage.client !== session.client) stage.client.close();
  }
}

async function stageOf(
  options: RehearseOptions,
  session: Session,
  io: CommandIo,
): Promise<{ readonly client: ApiClient; readonly source: string } | undefined> {
  const { scratch, toContext, kubeconfig, requestTimeoutMs } = options;
  if (scratch === undefined) return undefined;
  if (toContext === undefined) return { client: session.client, source: session.identity.context };
  const { credentials, source } = await findCredentials({ kubeconfig, context: toContext, env: io.env });
  return { client: createApiClient(credentials, requestTimeoutMs === undefined ? {} : { requestTimeoutMs }), source };
}

function jsonOf(result: Rehearsal, about: readonly string[]): string {
  const document = { apiVersion: 'seawall.dev/v1alpha1', kind: 'Rehearsal', about, ...result };
  return `${jsonText(document, 2)}\n`;
}

function tableOf(
  { counts, refusedByServer, unanswered, workloads, unseen }: Rehearsal,
  about: readonly string[],
): string {
  const { refused, repaired, warned, taken } = counts;
  const lines = [
    ...about,
    `candidate: ${refused} refused, ${repaired} repaired, ${warned} warned, ${taken} taken as they are`,
    ...(workloads.some(({ server }) => server !== undefined)
      ? [`server: ${refusedByServer} refused${unanswered === 0 ? '' : `, ${unanswered} not answered`}`]
      : []),
    ...workloads.map(workloadLine),
    ...unseen.map(({ what, reason, unknown }) => `not seen: ${what}: ${reason}; not known: ${unknown}`),
  ];
  return lines.map((line) => `${plainLine(line, 2_000)}\n`).join('');
}

function workloadLine({ owner, candidate, server }: RehearsedWorkload): string {
  const { outcome, because } = candidate;
  const own = `${describeObject(owner)}: candidate ${outcome}${because.length === 0 ? '' : ` (${because.join(', ')})`}`;
  switch (server?.state) {
    case undefined:
      return own;
    case 'taken':
      return `${own}; server takes it`;
    case 'repaired':
      return `${own}; server repairs ${server.containers.join(', ')}`;
    case 'refused':
      return `${own}; server refuses: ${server.reason}`;
    case 'unanswered':
      return `${own}; server gives no answer: ${server.reason}`;
  }
}

async function ofPlan(
  file: string,
  { policy, output }: RehearseOptions,
  { client, identity, now }: Session,
  io: CommandIo,
): Promise<number> {
  const plan = readPlan(await readPolicyFile(file), file);
  await checkPolicy(plan, policy);
  checkBinding(plan, identity, now());
  const targets: TriedTarget[] = [];
  for (const target of plan.targets) {
    const { hindrances } = await checkTarget(client, target, target.changes, plan.id);
    const tried = { object: target.object, step: target.step, hindrances };
    targets.push(tried);
    if (output === 'table') io.stdout(triedLines(tried));
  }
  if (output === 'json') {
    const document = { apiVersion: 'seawall.dev/v1alpha1', kind: 'PlanRehearsal', plan: plan.id, targets };
    io.stdout(`${jsonText(document, 2)}\n`);
  }
  return targets.some(({ hindrances }) => hindrances.length > 0) ? exitCodes.findings : exitCodes.ok;
}

/** A target of a plan, and what its change would meet today; nothing where it would be applied. */
interface TriedTarget extends Pick<PlannedTarget, 'object' | 'step'> {
  readonly hindrances: readonly string[];
}

function triedLines({ object, step, hindrances }: TriedTarget): string {
  const word = hindrances.length === 0 ? 'would be applied' : 'would be refused';
  const lines = [`${describeObject(object)}: ${step} ${word}`, ...hindrances.map((each) => `  ${each}`)];
  return lines.map((line) => `${plainLine(line, 2_000)}\n`).join('');
}
