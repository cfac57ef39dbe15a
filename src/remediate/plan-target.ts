import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import { gitOpsSource } from '../investigate/gitops-source.ts';
import type { JsonObject } from '../policy/finding.ts';
import { formatPath } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import { describeObject } from '../report/describe.ts';
import type { Climbed } from './climb.ts';
import { read } from './climb.ts';
import { dryRun } from './dry-run.ts';
import { healthOf } from './health.ts';
import { knownKind, referenceOf, resourceVersionOf, uidOf } from './kinds.ts';
import type { ChosenStep } from './ladder.ts';
import { chooseStep } from './ladder.ts';
import type { PlanRequest } from './make-plan.ts';
import type { PlannedTarget, RefusedTarget } from './plan.ts';
import { podsOf } from './pods-of.ts';
import { byHand } from './repository-patch.ts';
import type { Situation } from './situation.ts';
import { allOffences, runningPods } from './situation.ts';
import { specSha256 } from './spec-hash.ts';

/** Findings of one target that a plan tells; a hostile template has thousands. */
const maxFindings = 20;

/**
 * What is to be done to one root owner, or why nothing is.
 * @throws {ApiError} where the server cannot be asked
 */
export async function planTarget(
  client: Pick<ApiClient, 'request'>,
  { root, kind, chain }: Climbed,
  request: PlanRequest,
): Promise<PlannedTarget | RefusedTarget> {
  const object = referenceOf(root, kind);
  const refused = (reason: string, manual: readonly string[] = []): RefusedTarget => ({
    object,
    reason,
    byHand: manual,
  });
  let situation: Situation;
  try {
    situation = { root, kind, ...(await podsOf(client, root, kind)), offences: request.offences };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'forbidden') throw error;
    return refused(`its pods cannot be seen: ${error.message}`);
  }
  const nodes = request.wishes.step === 'cordon' ? await nodesOf(client, situation) : [];
  const chosen = chooseStep(situation, request.wishes, { nodes });
  if ('refusal' in chosen) return refused(chosen.refusal);
  const source = gitOpsSource(root);
  if (source !== undefined && chosen.changes.length > 0 && !request.overrideGitOps) {
    const lasts = source.reconciles ? 'would bring it back' : 'would bring it back at its next upgrade';
    return refused(`${source.title} made it (${source.mark}), and ${lasts}`, byHand(source, chosen.changes));
  }
  const hindrance = await dryRun(client, chosen.changes, request.suffix);
  if (hindrance !== undefined) return refused(hindrance);
  return {
    ...target(root, chosen),
    object,
    chain: chain.map(describeObject),
    findings: findingsOf(situation),
    ...(source !== undefined && request.overrideGitOps && { overridden: source.title }),
  };
}

function target(root: JsonObject, chosen: ChosenStep) {
  return {
    uid: uidOf(root),
    resourceVersion: resourceVersionOf(root),
    specSha256: specSha256(root),
    healthy: healthOf(root).healthy,
    ...chosen,
  };
}

function findingsOf(situation: Situation): PlannedTarget['findings'] {
  const seen = new Map<string, PlannedTarget['findings'][number]>();
  for (const { rule, path, message } of allOffences(situation)) {
    if (seen.size === maxFindings) break;
    const place = formatPath(path);
    seen.set(`${rule} ${place}`, { rule, path: place, message });
  }
  return [...seen.values()];
}

async function nodesOf(client: Pick<ApiClient, 'request'>, situation: Situation): Promise<readonly JsonObject[]> {
  const kind = knownKind({ apiVersion: 'v1', kind: 'Node' });
  const names = new Set(runningPods(situation).map(({ spec }) => asString(asObject(spec)['nodeName'])));
  names.delete('');
  const found: JsonObject[] = [];
  for (const name of kind === undefined ? [] : names) {
    const node =
      kind === undefined ? '' : await read(client, kind, { apiVersion: 'v1', kind: 'Node', namespace: '', name });
    if (typeof node !== 'string') found.push(node);
  }
  return found;
}
