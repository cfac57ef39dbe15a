import { isRunning } from '../audit/life.ts';
import { identityOf } from '../audit/owners.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import type { Policy } from '../policy/policy.ts';
import { describeObject } from '../report/describe.ts';
import type { ClusterLook } from './cluster-look.ts';
import type { FalcoEvent } from './falco-event.ts';
import { isOfHost } from './falco-event.ts';
import type { Gathered } from './gathered.ts';
import { podsWithImage } from './image-use.ts';
import type { JudgedPod } from './judged-pod.ts';
import { judgePod, worstPodFirst } from './judged-pod.ts';
import type { Kinds } from './kinds.ts';
import { isName, objectPath, resourceName } from './kinds.ts';
import type { OwnerLink } from './owner-chain.ts';
import { ownerChain, podIdentity } from './owner-chain.ts';
import { ownerByName, podsOfOwner } from './pods-of-owner.ts';
import { containerOfEvent, containersOf } from './running.ts';
import type { Subject } from './subject.ts';
import { UnknownSubject } from './unknown-subject.ts';

export interface Cluster {
  readonly look: ClusterLook;
  readonly kinds: Kinds;
  readonly policy: Policy;
  readonly nowMs: number;
}

/**
 * Finds the objects that a subject leads to.
 * @throws {UnknownSubject} where its kind is not served
 */
export async function gather(subject: Subject, cluster: Cluster): Promise<Gathered> {
  switch (subject.type) {
    case 'pod':
      return gatherPod(subject, subject.namespace, subject.name, cluster);
    case 'owner':
      return gatherOwner(subject, cluster);
    case 'node':
      return gatherNode(subject, subject.name, cluster);
    case 'image':
      return gatherImage(subject, cluster);
    case 'event':
      return gatherEvent(subject, subject.event, cluster);
  }
}

const nothing = (subject: Subject): Gathered => ({
  subject,
  event: subject.type === 'event' ? subject.event : undefined,
  state: 'none',
  reference: undefined,
  pod: undefined,
  template: undefined,
  node: '',
  chain: [],
  others: [],
  othersOf: '',
  notes: [],
});

async function gatherPod(subject: Subject, namespace: string, name: string, cluster: Cluster): Promise<Gathered> {
  const base = nothing(subject);
  const reference = { apiVersion: 'v1', kind: 'Pod', namespace, name };
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const seen = await cluster.look.get(path, {
    right: `get pods in namespace ${namespace}`,
    unknown: `what Pod ${namespace}/${name} is`,
  });
  const node = base.event?.hostname ?? '';
  if (seen.state === 'unseen') return { ...base, reference, node };
  if (seen.state === 'gone') return gonePod({ ...base, reference, node, state: 'gone' }, cluster);
  const successor = base.event === undefined ? undefined : laterPod(seen.object, base.event);
  if (successor !== undefined) {
    return gonePod({ ...base, reference, node, state: 'gone', notes: [successor] }, cluster);
  }
  return withPod(base, judged(seen.object, cluster), cluster);
}

/** Why a pod of the right name is not the one of an event. */
function laterPod(pod: JsonObject, { pod: { uid }, timeMs }: FalcoEvent): string | undefined {
  const metadata = asObject(pod['metadata']);
  const created = asString(metadata['creationTimestamp']);
  if (uid !== '' && metadata['uid'] !== uid) {
    return `a pod of this name is there, made ${created}, but its uid is another: the pod of the event is gone`;
  }
  // The API server tells whole seconds, and the clocks of two machines differ.
  if (timeMs !== undefined && Date.parse(created) > timeMs + 60_000) {
    return `a pod of this name is there, but it was made ${created}, after the event: the pod of the event is gone`;
  }
  return undefined;
}

function judged(pod: JsonObject, { policy, nowMs }: Cluster): JudgedPod {
  return judgePod({ ...pod, apiVersion: 'v1', kind: 'Pod' }, policy, nowMs);
}

async function withPod(base: Gathered, pod: JudgedPod, { kinds, look }: Cluster): Promise<Gathered> {
  return {
    ...base,
    state: !isRunning(pod.pod) ? 'ended' : pod.line.phase === 'Pending' ? 'pending' : 'running',
    reference: podIdentity(pod.pod),
    pod,
    node: pod.line.node || base.node,
    chain: await ownerChain(pod.pod, kinds, look),
  };
}

/** Of a pod that is gone its owner may still be there, by its name: controllers put five letters behind theirs. */
async function gonePod(base: Gathered, cluster: Cluster): Promise<Gathered> {
  const { namespace = '', name = '' } = base.reference ?? {};
  const owner = await ownerByName(namespace, name, cluster);
  if (owner === undefined) return base;
  const chain = [owner, ...(await ownerChain(owner.object, cluster.kinds, cluster.look))];
  const others = await podsOfOwner(owner, cluster);
  return {
    ...base,
    chain,
    others,
    othersOf: describeObject(owner.reference),
    notes: [...base.notes, `its owner is told by its name alone: ${describeObject(owner.reference)}`],
  };
}

async function gatherOwner(subject: Subject & { type: 'owner' }, cluster: Cluster): Promise<Gathered> {
  const { kind, namespace, name } = subject;
  const { kinds, look } = cluster;
  const served = await kinds.named(kind);
  if (served === undefined)
    throw new UnknownSubject(`${kind}: the API server serves no kind of this name (kubectl api-resources)`);
  if (served.group === '' && served.kind === 'Pod') return gatherPod(subject, namespace, name, cluster);
  if (served.group === '' && served.kind === 'Node') return gatherNode(subject, name, cluster);
  const apiVersion = served.group === '' ? served.version : `${served.group}/${served.version}`;
  const place = served.namespaced ? namespace : '';
  const named = { apiVersion, kind: served.kind, namespace: place, name };
  const base = { ...nothing(subject), reference: named };
  const seen = await look.get(objectPath(served, namespace, name), {
    right: `get ${resourceName(served)}${place === '' ? '' : ` in namespace ${place}`}`,
    unknown: `what ${describeObject(named)} is`,
  });
  if (seen.state !== 'found') return { ...base, state: seen.state === 'gone' ? 'gone' : 'none' };
  const object = { ...seen.object, apiVersion, kind: served.kind };
  const self: OwnerLink = { reference: identityOf(object, apiVersion, served.kind), state: 'found', object };
  const [worst, ...others] = (await podsOfOwner(self, cluster)).toSorted(worstPodFirst);
  if (worst !== undefined) {
    return { ...(await withPod(base, worst, cluster)), others, othersOf: describeObject(self.reference) };
  }
  const chain = await ownerChain(object, kinds, look);
  return { ...base, state: 'template', reference: self.reference, template: object, chain };
}

async function gatherNode(subject: Subject, name: string, cluster: Cluster): Promise<Gathered> {
  const base = { ...nothing(subject), node: name, othersOf: `Node ${name}` };
  const node = await cluster.look.get(`/api/v1/nodes/${encodeURIComponent(name)}`, {
    right: 'get nodes',
    unknown: `whether Node ${name} is there`,
  });
  const pods = await podsOfNode(name, cluster);
  const [worst, ...others] = pods;
  const notes = node.state === 'gone' ? [`the cluster has no Node ${name}`] : [];
  if (subject.type === 'event' || worst === undefined) return { ...base, others: pods, notes };
  return { ...(await withPod({ ...base, notes }, worst, cluster)), others };
}

async function podsOfNode(node: string, cluster: Cluster): Promise<JudgedPod[]> {
  const selector = encodeURIComponent(`spec.nodeName=${node}`);
  const { items } = await cluster.look.list(`/api/v1/pods?fieldSelector=${selector}`, {
    right: 'list pods in all namespaces',
    unknown: `which pods are on Node ${node}`,
  });
  return items.map((pod) => judged(pod, cluster)).toSorted(worstPodFirst);
}

async function gatherImage(subject: Subject & { type: 'image' }, cluster: Cluster): Promise<Gathered> {
  const { items } = await podsWithImage(subject.image, cluster.look);
  const [worst, ...others] = items.map((pod) => judged(pod, cluster)).toSorted(worstPodFirst);
  const base = { ...nothing(subject), othersOf: `image ${subject.image}` };
  return worst === undefined ? base : { ...(await withPod(base, worst, cluster)), others };
}

/** By the pod that it names, else by the container on its node, else only the node. */
async function gatherEvent(subject: Subject, event: FalcoEvent, cluster: Cluster): Promise<Gathered> {
  const { namespace, name } = event.pod;
  const notes = event.hasFields
    ? []
    : [
        'the event has no output_fields (json_include_output_fields_property): its text is not read, since who runs a program writes parts of it',
      ];
  if (isName(namespace) && isName(name)) {
    const found = await gatherPod(subject, namespace, name, cluster);
    return { ...found, notes: [...notes, ...found.notes] };
  }
  if (name !== '' || namespace !== '')
    notes.push('the pod that the event names has no name that a pod can have, or no namespace');
  if (!isName(event.hostname)) {
    return { ...nothing(subject), notes: [...notes, 'the event names neither a pod nor a node'] };
  }
  const node = await gatherNode(subject, event.hostname, cluster);
  const all = [...notes, ...node.notes];
  if (isOfHost(event) || event.container.id === '') return { ...node, notes: all };
  const owner = node.others.find(
    ({ pod }) => containerOfEvent(containersOf(pod), { ...event.container, name: '' }) !== undefined,
  );
  if (owner === undefined) {
    return { ...node, notes: [...all, `no pod on Node ${event.hostname} has container ${event.container.id} now`] };
  }
  const others = node.others.filter((each) => each !== owner);
  return {
    ...(await withPod({ ...node, notes: [...all, 'the pod was found by its container id'] }, owner, cluster)),
    others,
  };
}
