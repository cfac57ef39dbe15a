import { isMirrorPod } from '../audit/life.ts';
import { controllerOf } from '../audit/owners.ts';
import type { ApiClient } from '../cluster/api.ts';
import { ApiError } from '../cluster/api.ts';
import type { JsonObject, ObjectReference } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import { describeObject } from '../report/describe.ts';
import type { OwnerReference } from '../report/report.ts';
import { groupOf, knownKind, objectPath, referenceOf, uidOf } from './kinds.ts';
import type { KnownKind } from './kinds.ts';
import type { Refusal } from './ladder.ts';

/** The object at the upper end of a chain of controllers, and the way there. */
export interface Climbed {
  readonly root: JsonObject;
  readonly kind: KnownKind;
  /** From the target to the root, both included, with what each was read as. */
  readonly chain: readonly ObjectReference[];
}

/** Longer than any chain that controllers make; references that go in a circle are written by hand. */
const maxSteps = 16;

type Reader = Pick<ApiClient, 'request'>;

/**
 * Climbs to the root owner, which is the one whose change lasts. It stops, and says why, at everything that it does not know
 * to change: nothing is guessed about an operator.
 * @throws {ApiError} where the server cannot be asked at all
 */
export async function climb(client: Reader, target: ObjectReference): Promise<Climbed | Refusal> {
  const chain: ObjectReference[] = [];
  let current: OwnerReference = target;
  for (let step = 0; step < maxSteps; step += 1) {
    const kind = knownKind(current);
    if (kind === undefined) return { refusal: unknownOwner(current) };
    const object = await read(client, kind, current);
    if (typeof object === 'string') return { refusal: object };
    if (current.uid !== undefined && current.uid !== uidOf(object)) {
      return { refusal: `${describeObject(current)} is not the one that is named as the owner: it was made anew` };
    }
    chain.push(referenceOf(object, kind));
    const controller = controllerOf(object);
    if (controller === undefined) return { root: object, kind, chain };
    if (isMirrorPod(object, controller)) return { refusal: mirrorPod(object) };
    current = controller;
  }
  return { refusal: `${describeObject(target)}: its owners do not end after ${maxSteps} steps` };
}

/** One object with its kind; or why it cannot be had, one that does not exist among them. */
export async function read(client: Reader, kind: KnownKind, target: ObjectReference): Promise<JsonObject | string> {
  return (await readIfThere(client, kind, target)) ?? `${describeObject(target)} does not exist`;
}

/** One object with its kind; undefined where it does not exist, or why nobody can tell. */
export async function readIfThere(
  client: Reader,
  kind: KnownKind,
  target: ObjectReference,
): Promise<JsonObject | string | undefined> {
  try {
    const { body } = await client.request('GET', objectPath(kind, target));
    return { apiVersion: kind.apiVersion, kind: kind.kind, ...body };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'not-found') return undefined;
    if (error.code === 'forbidden') return `the right to get ${kind.resource} in ${target.namespace} is missing`;
    throw error;
  }
}

function unknownOwner(owner: OwnerReference): string {
  const group = groupOf(owner.apiVersion);
  const kind = `${owner.kind}${group === '' ? '' : `.${group}`}`;
  return `unknown owner kind ${kind}: ${describeObject(owner)} makes these pods; change it as its operator wants it, nothing was changed`;
}

/** Source: https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/ */
function mirrorPod(pod: JsonObject): string {
  const node = asString(asObject(pod['spec'])['nodeName']);
  const annotations = asObject(asObject(pod['metadata'])['annotations']);
  const source = asString(annotations['kubernetes.io/config.source']);
  const where =
    source === 'http'
      ? "the address of the kubelet's staticPodURL"
      : "the kubelet's staticPodPath there (kubeadm: /etc/kubernetes/manifests)";
  return `a static pod: the kubelet of node ${node} runs it without asking, and a delete here does nothing; take its manifest out of ${where}`;
}
