import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import type { Change } from './change.ts';
import { fieldChange } from './change.ts';
import { nameOf, podMetadata, uidOf, knownKind, referenceOf } from './kinds.ts';
import type { Situation } from './situation.ts';
import { podSpecOf, runningPods } from './situation.ts';
import { specSha256 } from './spec-hash.ts';
import type { StepResult } from './suspend.ts';

/** Said of every quarantine: it looks like more than it is. */
export const quarantineLimits = [
  'a NetworkPolicy does not bind pods on the host network, and needs a network plug-in that enforces it',
  'policies add up: this one stops nothing that another policy allows for the same pods',
] as const;

/** A NetworkPolicy that allows its pods nothing, in or out. */
export function quarantine(situation: Situation): StepResult {
  const { root, kind } = situation;
  if (podSpecOf(kind, root)['hostNetwork'] === true) {
    return 'a NetworkPolicy does not bind pods on the host network: it would change nothing; suspend, fix, evict or cordon instead';
  }
  const labels = asObject(podMetadata(kind, root)['labels']);
  if (Object.keys(labels).length === 0)
    return 'its pods have no labels, and a policy without a selector is for all pods';
  const { namespace } = referenceOf(root, kind);
  const name = `seawall-quarantine-${uidOf(root)}`;
  const manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress', 'Egress'] },
  };
  const change: Change = {
    kind: 'create',
    object: { apiVersion: manifest.apiVersion, kind: manifest.kind, namespace, name },
    uid: '',
    specSha256: specSha256(manifest),
    what: 'create a policy that allows its pods nothing',
    manifest,
  };
  return { changes: [change], notes: quarantineLimits };
}

/** Keeps new pods from the nodes that the pods run on. */
export function cordon(situation: Situation, nodes: readonly JsonObject[]): StepResult {
  const names = new Set(runningPods(situation).map(({ spec }) => asString(asObject(spec)['nodeName'])));
  const kind = knownKind({ apiVersion: 'v1', kind: 'Node' });
  if (kind === undefined || names.size === 0) return 'none of its pods runs on a node';
  const changes = nodes
    .filter((node) => names.has(nameOf(node)) && asObject(node['spec'])['unschedulable'] !== true)
    .map((node) => {
      const common = {
        object: referenceOf(node, kind),
        uid: uidOf(node),
        specSha256: specSha256(node),
        what: 'cordon',
      };
      return fieldChange(node, common, [{ op: 'add', path: ['spec', 'unschedulable'], value: true }]);
    });
  if (changes.length === 0) return 'the nodes of its pods are cordoned, or were not found';
  return { changes, notes: ['what runs on the node runs on; pods of a DaemonSet ignore a cordon'] };
}
