import type { ObjectVerdict } from '../policy/evaluate.ts';
import { judgeObject } from '../policy/evaluate.ts';
import type { Finding, JsonObject } from '../policy/finding.ts';
import { asObject } from '../policy/json.ts';
import type { PlacedObject } from '../policy/pod-views.ts';
import type { Policy } from '../policy/policy.ts';
import type { OwnerReference } from '../report/report.ts';
import { containerImage } from './container-image.ts';
import type { Grounds } from './grounds.ts';
import { groundsOf } from './grounds.ts';
import { isMirrorPod, isRunning, makesPods } from './life.ts';
import { controllerOf, identityOf } from './owners.ts';

/** One thing that was found in one object. */
export interface FoundHere {
  /** The same for what is alike in another object of the owner. */
  readonly key: string;
  readonly finding: Finding;
  readonly image: string;
  readonly exemption: string | undefined;
  /** 1 for the first of its like in the object, 2 for the second. */
  readonly number: number;
}

/** What one object adds to what is known of the owner that it has, or is. */
export interface Contribution extends Grounds {
  readonly owner: OwnerReference;
  readonly found: readonly FoundHere[];
  /** Whether it runs, or makes what will. */
  readonly lives: boolean;
  /** Whether it runs and would be refused; `unrepaired` where only a repair at admission saves it. */
  readonly refused: boolean;
  readonly unrepaired: boolean;
}

/** What a pod adds, which runs as it stands here; undefined for a clean one that has no owner. */
export function podContribution(
  pod: JsonObject,
  namespace: string,
  policy: Policy,
  nowMs: number,
): Contribution | undefined {
  const placed: PlacedObject = { value: pod, apiVersion: 'v1', kind: 'Pod', path: [] };
  const verdict = judgeObject(placed, policy, nowMs, { namespace });
  const controller = controllerOf(pod);
  const isClean = verdict.findings.length === 0 && verdict.exempted.length === 0;
  if (isClean) return controller === undefined ? undefined : clean(controller);
  const lives = isRunning(pod) && !isMirrorPod(pod, controller);
  const denied = lives ? verdict.findings.filter(({ action }) => action === 'deny') : [];
  return {
    owner: controller ?? identityOf(pod, 'v1', 'Pod'),
    found: foundIn(pod, verdict),
    lives,
    unrepaired: denied.length > 0,
    refused: denied.some(({ repairable }) => !repairable),
    ...groundsOf(placed, denied, policy, namespace),
  };
}

/** What an object adds that pods are made from, or that controls others; undefined for an old revision. */
export function workloadContribution(
  object: JsonObject,
  { apiVersion, kind, namespace }: Pick<OwnerReference, 'apiVersion' | 'kind' | 'namespace'>,
  policy: Policy,
  nowMs: number,
): Contribution | undefined {
  // An old revision: kept to go back to, and all that it makes would come from the template of its owner.
  if (asObject(object['spec'])['replicas'] === 0 && isRevision(kind, controllerOf(object))) return undefined;
  const placed: PlacedObject = { value: object, apiVersion, kind, path: [] };
  const verdict = judgeObject(placed, policy, nowMs, { namespace });
  const owner = identityOf(object, apiVersion, kind);
  if (verdict.findings.length === 0 && verdict.exempted.length === 0) return clean(owner);
  const lives = makesPods(object, kind);
  const denied = lives ? verdict.findings.filter(({ action }) => action === 'deny') : [];
  return {
    owner,
    found: foundIn(object, verdict),
    lives,
    refused: false,
    unrepaired: false,
    ...groundsOf(placed, denied, policy, namespace),
  };
}

/** Kinds whose revisions are objects of another kind; any other object may have a controller, and a template of its own. */
const revisionsOf: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['ReplicaSet', new Set(['Deployment', 'Rollout'])],
  ['ReplicationController', new Set(['DeploymentConfig'])],
]);

function isRevision(kind: string, controller: OwnerReference | undefined): boolean {
  return controller !== undefined && revisionsOf.get(kind)?.has(controller.kind) === true;
}

function clean(owner: OwnerReference): Contribution {
  return { owner, found: [], lives: false, refused: false, unrepaired: false, images: [], serviceAccounts: [] };
}

function foundIn(object: JsonObject, verdict: ObjectVerdict): FoundHere[] {
  const numbers = new Map<string, number>();
  const found: FoundHere[] = [];
  const one = (finding: Finding, exemption: string | undefined): void => {
    const { rule, container = '', subject, message } = finding;
    const like = [exemption ?? '', rule, container, subject ?? message].join('\0');
    const number = (numbers.get(like) ?? 0) + 1;
    numbers.set(like, number);
    const key = number === 1 ? like : `${like}\0${number}`;
    found.push({ key, finding, image: containerImage(object, finding), exemption, number });
  };
  for (const finding of verdict.findings) one(finding, undefined);
  for (const { finding, exemption } of verdict.exempted) one(finding, exemption);
  return found;
}
