import type { ApiClient } from '../cluster/api.ts';
import type { Finding, JsonObject, ObjectReference } from '../policy/finding.ts';
import type { Policy } from '../policy/policy.ts';
import { describeObject } from '../report/describe.ts';
import { ownerKey } from '../audit/owners.ts';
import { climb } from './climb.ts';
import type { Climbed } from './climb.ts';
import { uidOf } from './kinds.ts';
import type { Plan, PlannedTarget, RefusedTarget } from './plan.ts';
import { planLifeMs } from './plan.ts';
import { planTarget } from './plan-target.ts';
import type { ClusterIdentity } from './session.ts';
import type { Wishes } from './situation.ts';
import { policySha256 } from './spec-hash.ts';

export interface PlanRequest {
  /** What was named, or found by an audit. */
  readonly targets: readonly ObjectReference[];
  /** Namespaces that the user named; only there is a protected namespace touched. */
  readonly namedNamespaces: ReadonlySet<string>;
  /** Where Seawall itself runs; never touched. */
  readonly ownNamespace: string;
  readonly offences: (object: JsonObject) => readonly Finding[];
  readonly policy: Policy;
  readonly wishes: Wishes;
  readonly overrideGitOps: boolean;
  readonly maxTargets: number;
  readonly cluster: ClusterIdentity;
  /** Milliseconds since the epoch, by the clock of the API server. */
  readonly nowMs: number;
  /** Something random: small letters and digits. */
  readonly suffix: string;
}

/** What was asked for is not done, for a reason that the user can do something about. */
export class RemediationRefused extends Error {
  override readonly name = 'RemediationRefused';
}

/** Named objects beyond this are not even looked at. */
const maxNamed = 100;

/**
 * Looks at each target, climbs to its root, and chooses what is to be done; it changes nothing, and has the server say what
 * it would say.
 * @throws {RemediationRefused} where there are more targets than may be changed at once
 * @throws {ApiError} where the server cannot be asked
 */
export async function makePlan(client: Pick<ApiClient, 'request'>, request: PlanRequest): Promise<Plan> {
  const { maxTargets, nowMs, suffix, cluster, policy } = request;
  const named = new Map(request.targets.map((target) => [ownerKey(target), target]));
  if (named.size > maxNamed) throw tooMany(named.size, maxTargets);
  const refused: RefusedTarget[] = [];
  const roots = new Map<string, Climbed>();
  for (const target of named.values()) {
    const guarded = guardOf(target, request);
    const climbed = guarded ?? (await climb(client, target));
    if ('refusal' in climbed) refused.push({ object: target, reason: climbed.refusal, byHand: [] });
    else if (!roots.has(uidOf(climbed.root))) roots.set(uidOf(climbed.root), climbed);
  }
  if (roots.size > maxTargets) throw tooMany(roots.size, maxTargets);
  const targets: PlannedTarget[] = [];
  for (const climbed of roots.values()) {
    const result = await planTarget(client, climbed, request);
    if ('reason' in result) refused.push(result);
    else targets.push(result);
  }
  const createdAt = new Date(nowMs).toISOString();
  const id = `${createdAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${suffix}`;
  return {
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'RemediationPlan',
    id,
    createdAt,
    expiresAt: new Date(nowMs + planLifeMs).toISOString(),
    cluster,
    policy: policy.name,
    policySha256: policySha256(policy),
    targets,
    refused,
  };
}

function tooMany(count: number, maxTargets: number): RemediationRefused {
  return new RemediationRefused(
    `${count} targets, and at most ${maxTargets} are changed at once: name fewer (-n, --rule), or raise --max-targets`,
  );
}

const protectedNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

function guardOf(target: ObjectReference, { namedNamespaces, ownNamespace }: PlanRequest) {
  const { namespace } = target;
  if (namespace === ownNamespace) {
    return { refusal: `${describeObject(target)}: Seawall's own namespace is never touched by Seawall` };
  }
  if (!protectedNamespaces.has(namespace) || namedNamespaces.has(namespace)) return undefined;
  return { refusal: `namespace ${namespace} is protected: name it (-n ${namespace}) to insist` };
}
