import type { ApiClient } from '../cluster/api.ts';
import type { ListOptions } from '../cluster/list.ts';
import type { ObjectReference } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import type { Unseen } from '../report/report.ts';
import type { CandidateVerdict, Outcome } from './candidate.ts';
import { candidateVerdict, outcomes } from './candidate.ts';
import type { ServerAnswer } from './replay.ts';
import { replay } from './replay.ts';
import { workloadsOfToday } from './today.ts';

export interface RehearsalRequest {
  readonly candidate: Policy;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Only this namespace; all where it is absent. */
  readonly namespace?: string | undefined;
  readonly list: ListOptions;
  /** Where pods are tried; nobody but the candidate is asked where it is absent. */
  readonly stage?: { readonly client: Pick<ApiClient, 'request'>; readonly namespace: string } | undefined;
}

/** What would become of one workload. */
export interface RehearsedWorkload {
  readonly owner: ObjectReference;
  readonly candidate: CandidateVerdict;
  readonly server?: ServerAnswer;
}

export interface Rehearsal {
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Workloads that the stage's server refused. */
  readonly refusedByServer: number;
  /** Workloads that it said neither yes nor no to; not among those that pass. */
  readonly unanswered: number;
  /** Every workload that does not simply pass, the refused first. */
  readonly workloads: readonly RehearsedWorkload[];
  readonly unseen: readonly Unseen[];
}

/** A server that answers nothing any more is not asked about thousands of pods, each until its time is out. */
const maxUnansweredInARow = 20;

/**
 * Plays today's workloads to a candidate policy, and to the server of a stage. Nothing is made or changed.
 * @throws {ApiError} where the cluster does not answer; an error where the stage's server answers nothing any more
 */
export async function rehearse(client: Pick<ApiClient, 'request'>, request: RehearsalRequest): Promise<Rehearsal> {
  const { candidate, nowMs, namespace, list, stage } = request;
  const unseen: Unseen[] = [];
  const counts = { refused: 0, repaired: 0, warned: 0, taken: 0 };
  const told: RehearsedWorkload[] = [];
  let refusedByServer = 0;
  let unanswered = 0;
  let inARow = 0;
  for await (const { owner, pod } of workloadsOfToday(client, namespace, list, unseen)) {
    const verdict = candidateVerdict(pod, candidate, nowMs);
    counts[verdict.outcome] += 1;
    const server = stage === undefined ? undefined : await replay(stage.client, pod, stage.namespace);
    if (server?.state === 'refused') refusedByServer += 1;
    if (server?.state === 'unanswered') {
      unanswered += 1;
      inARow += 1;
      if (inARow === maxUnansweredInARow) throw new Error(`${inARow} pods in a row got no answer: ${server.reason}`);
    } else inARow = 0;
    const passes = verdict.outcome === 'taken' && (server === undefined || server.state === 'taken');
    if (!passes) told.push({ owner, candidate: verdict, ...(server !== undefined && { server }) });
  }
  const rank = ({ candidate: { outcome } }: RehearsedWorkload): number => outcomes.indexOf(outcome);
  return { counts, refusedByServer, unanswered, workloads: told.sort((one, other) => rank(one) - rank(other)), unseen };
}
