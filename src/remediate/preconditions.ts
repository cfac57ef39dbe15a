import { controllerOf } from '../audit/owners.ts';
import { ApiError } from '../cluster/api.ts';
import { gitOpsSource } from '../investigate/gitops-source.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import { describeObject } from '../report/describe.ts';
import type { Change, Creation } from './change.ts';
import { caseAnnotation, inverse, isMade, sent } from './change.ts';
import { read } from './climb.ts';
import { isOfConnection } from './connection-lost.ts';
import { dryRun } from './dry-run.ts';
import { healthOf } from './health.ts';
import { knownKind, objectPath, uidOf } from './kinds.ts';
import { RemediationRefused } from './make-plan.ts';
import type { Plan, PlannedTarget } from './plan.ts';
import { planLifeMs } from './plan.ts';
import { rightsOf } from './rights.ts';
import { kindOf } from './send.ts';
import type { Writer } from './send.ts';
import type { ClusterIdentity, RightAnswer } from './session.ts';
import { askForRights, contextName, describeRight } from './session.ts';
import { canonicalJson, policySha256, specSha256 } from './spec-hash.ts';

/** What to know where the policy is not the one that the plan was made with; undefined where it is. */
export function policyProblem(plan: Pick<Plan, 'policy' | 'policySha256'>, policy: Policy): string | undefined {
  if (plan.policySha256 === policySha256(policy)) return undefined;
  const what =
    plan.policy === policy.name ? `policy ${policy.name} has changed since` : `this is policy ${policy.name}`;
  return `the plan was made with policy ${plan.policy}, and ${what}`;
}

/**
 * A plan is for one cluster, one user and one hour.
 * @throws {RemediationRefused} naming each thing that differs
 */
export function checkBinding({ cluster, expiresAt, targets }: Plan, identity: ClusterIdentity, nowMs: number): void {
  const problems = (['context', 'server', 'user'] as const)
    .filter((key) => cluster[key] !== identity[key])
    .map((key) => `the plan is for ${key} ${nameIn(cluster, key)}, and this is ${nameIn(identity, key)}`);
  const expiresMs = Date.parse(expiresAt);
  if (nowMs >= expiresMs) problems.push(`the plan has expired at ${expiresAt}: make it anew`);
  // Twice, as the clock of another machine may have made it.
  if (expiresMs - nowMs > 2 * planLifeMs)
    problems.push(`the plan is good until ${expiresAt}, as none is: make it anew`);
  if (targets.length === 0) problems.push('the plan has no targets');
  if (problems.length > 0) throw new RemediationRefused(problems.join('\n'));
}

function nameIn(identity: ClusterIdentity, key: keyof ClusterIdentity): string {
  return key === 'context' ? contextName(identity) : identity[key];
}

/** A target before anything is changed. */
export interface CheckedTarget {
  /** Why it may not be changed; empty where it may. */
  readonly hindrances: readonly string[];
  readonly rights: readonly RightAnswer[];
}

/**
 * Everything that must hold before a target is changed; the changes are those that are still to be made.
 * @throws {ApiError} where the server cannot be asked
 */
export async function checkTarget(
  client: Writer,
  target: PlannedTarget,
  pending: readonly Change[],
  caseId: string,
): Promise<CheckedTarget> {
  const name = describeObject(target.object);
  const state = await stateProblem(client, target, pending);
  const rights = await askForRights(client, rightsOf({ object: target.object, changes: pending }));
  const missing = rights.filter(({ allowed }) => !allowed).map(({ right }) => describeRight(right));
  const hindrances = [
    ...(state === undefined ? [] : [`${name}: ${state}`]),
    ...(missing.length === 0 ? [] : [`${name}: these rights are missing: ${missing.join(', ')}`]),
  ];
  // What is not ours to change would be refused in words that hide the reason.
  if (hindrances.length > 0) return { hindrances, rights };
  const refusal = await dryRun(client, pending, caseId);
  return { hindrances: refusal === undefined ? [] : [refusal], rights };
}

async function stateProblem(
  client: Writer,
  target: PlannedTarget,
  pending: readonly Change[],
): Promise<string | undefined> {
  const kind = knownKind(target.object);
  if (kind === undefined) return 'it is of no kind that is changed';
  const root = await read(client, kind, target.object);
  if (typeof root === 'string') return root;
  if (uidOf(root) !== target.uid) return 'changed since the plan: it was made anew';
  // A target whose first changes are made already differs from the plan by just these.
  if (pending.length === target.changes.length && specSha256(root) !== target.specSha256) {
    return 'changed since the plan: plan again';
  }
  const { healthy } = healthOf(root);
  if (pending.length > 0 && healthy < target.minHealthy) {
    return `only ${healthy} replicas are healthy, and at least ${target.minHealthy} are to be: it is not touched before they are`;
  }
  const source = gitOpsSource(root);
  if (source !== undefined && target.overridden === undefined && pending.length > 0) {
    return `${source.title} has made it its own since the plan (${source.mark}): plan again`;
  }
  for (const change of pending) {
    if (change.kind === 'create') continue;
    const live = await read(client, kindOf(change), change.object);
    const problem = typeof live === 'string' ? live : (changedSince(change, live) ?? unlikePlanned(change, live));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Why a change is not what was planned for the object: the file was edited, or the pod has lost its owner. */
function unlikePlanned(change: Exclude<Change, Creation>, live: JsonObject): string | undefined {
  const name = describeObject(change.object);
  if (change.kind === 'patch') {
    const undo = inverse(live, change.operations);
    return canonicalJson(undo.map(sent)) === canonicalJson(change.undo.map(sent))
      ? undefined
      : `the plan was edited: what it would undo of ${name} is not how it is now`;
  }
  if (change.isBare || controllerOf(live) !== undefined) return undefined;
  return `${name} changed since the plan: nothing makes it anew now: plan again`;
}

/** Why a change is not made of an object as it is now. */
export function changedSince(change: Change, live: JsonObject): string | undefined {
  if (uidOf(live) !== change.uid) return `${describeObject(change.object)} changed since the plan: it was made anew`;
  if (specSha256(live) === change.specSha256) return undefined;
  return `${describeObject(change.object)} changed since the plan: plan again`;
}

/**
 * What became of a change whose outcome nobody has seen.
 * @returns why it cannot be told; else whether it was made, and the hash of the spec then
 */
export async function outcomeOf(
  client: Writer,
  change: Change,
  caseId: string,
): Promise<string | { readonly made: boolean; readonly live?: JsonObject }> {
  const kind = kindOf(change);
  let live: JsonObject | undefined;
  try {
    const { body } = await client.request('GET', pathOf(change));
    live = { apiVersion: kind.apiVersion, kind: kind.kind, ...body };
  } catch (error) {
    if (!(error instanceof ApiError) || isOfConnection(error)) throw error;
    if (error.code !== 'not-found') return error.message;
  }
  const name = describeObject(change.object);
  switch (change.kind) {
    case 'create':
      return live === undefined ? { made: false } : { made: true, live };
    case 'evict':
    case 'delete': {
      const isEnding = asObject(live?.['metadata'])['deletionTimestamp'] !== undefined;
      return { made: live === undefined || uidOf(live) !== change.uid || isEnding };
    }
    case 'patch': {
      if (live === undefined || uidOf(live) !== change.uid) return `${name} does not exist any more`;
      const isMarked = annotation(live) === caseId;
      if (isMarked && (change.operations.length === 0 || isMade(change, live))) return { made: true, live };
      if (!isMarked && specSha256(live) === change.specSha256) return { made: false, live };
      return `${name} is neither as it was before nor as it was to be: someone else changed it`;
    }
  }
}

function pathOf(change: Change): string {
  return objectPath(kindOf(change), change.object);
}

export function annotation(live: JsonObject): unknown {
  const annotations = asObject(asObject(live['metadata'])['annotations']);
  return Object.hasOwn(annotations, caseAnnotation) ? annotations[caseAnnotation] : undefined;
}
