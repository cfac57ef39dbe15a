import type { ObjectVerdict } from '../policy/evaluate.ts';
import { judgeObject } from '../policy/evaluate.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asObject, asString } from '../policy/json.ts';
import { podViews } from '../policy/pod-views.ts';
import type { OwnerReference, Unseen } from '../report/report.ts';
import type { AuditFindings } from './audit-log.ts';
import { eventsOf } from './cluster-events.ts';
import type { EntryReason, Registration } from './entry.ts';
import { reasonsOfEntry, whyItGotIn } from './entry.ts';
import { exposureOf } from './exposure.ts';
import type { Cluster } from './gather.ts';
import type { Gathered } from './gathered.ts';
import type { GitOpsSource } from './gitops-source.ts';
import { gitOpsSources } from './gitops-source.ts';
import { headlineOf } from './headline.ts';
import type { ImageUse } from './image-use.ts';
import type { Investigation } from './investigation.ts';
import { declaredTools, refusedBy } from './judged-pod.ts';
import { nextSteps } from './next-steps.ts';
import { createdAt } from './pods-of-owner.ts';
import { containerOfEvent, containersOf } from './running.ts';
import { describeSubject } from './subject.ts';
import { toolsFound } from './tools-found.ts';
import type { WhoCouldIn } from './who-could.ts';
import type { AuditTarget } from './who-did.ts';
import { isAboutAny, whoDid } from './who-did.ts';

/** What is known once for all subjects of a run. */
export interface Shared {
  readonly cluster: string;
  readonly flags: string;
  readonly registration: Registration;
  readonly images: readonly ImageUse[];
  readonly log: AuditFindings | undefined;
  readonly whoCould?: WhoCouldIn | undefined;
  /** What could not be read of it. */
  readonly unseen: readonly Unseen[];
}

const maxOthers = 20;

/** Says what the objects of a subject come to. */
export async function conclude(
  gathered: Gathered,
  targets: readonly AuditTarget[],
  shared: Shared,
  cluster: Cluster,
): Promise<Investigation> {
  const { look, policy, nowMs } = cluster;
  const { event, pod, template, chain, others, reference } = gathered;
  const object = pod?.pod ?? template;
  const verdict = object === undefined ? undefined : (pod?.verdict ?? judged(object, cluster));
  const containers = pod === undefined ? [] : containersOf(pod.pod);
  const container = event === undefined ? undefined : containerOfEvent(containers, event.container);
  const declared = verdict === undefined || object === undefined ? [] : declaredTools(verdict, object);
  const tools = toolsFound(event, declared, container?.name ?? event?.container.name ?? '', policy);
  const exposure = object === undefined ? undefined : exposureOf(pod?.pod ?? podOfTemplate(object));
  const did = whoDid(targets, objectsOf(gathered), logOf(shared.log, targets), event?.timeMs);
  const sources = sourcesOf(gathered);
  const root = chain.at(-1)?.reference ?? (gathered.state === 'none' ? undefined : reference);
  const told = [...(reference === undefined ? [] : [reference]), ...chain.map((link) => link.reference)];
  return {
    ...headlineOf(gathered, tools, exposure?.hostAccess ?? [], verdict === undefined ? [] : refusedBy(verdict)),
    asked: describeSubject(gathered.subject),
    cluster: shared.cluster,
    takenAt: new Date(nowMs).toISOString(),
    policy: policy.name,
    ...(event !== undefined && { event }),
    state: gathered.state,
    ...(reference !== undefined && { object: reference }),
    node: gathered.node,
    created: createdAt(object),
    containers,
    ...(container !== undefined && { container: container.name }),
    tools,
    declared,
    ...(exposure !== undefined && { exposure }),
    ...(verdict !== undefined && { verdict: verdictOf(verdict) }),
    entry: await entryOf(gathered, verdict, shared, targets, cluster),
    owners: chain.map(({ reference: each, state }) => ({ reference: each, state })),
    sources,
    images: shared.images.filter(({ image, digest }) =>
      containers.some((each) => (digest === '' ? each.image === image : each.digest === digest)),
    ),
    others: { pods: others.slice(0, maxOthers).map(({ line }) => line), total: others.length, of: gathered.othersOf },
    events: await eventsOf(told, look),
    ...(reference !== undefined &&
      reference.namespace !== '' &&
      shared.whoCould !== undefined && { could: shared.whoCould(reference.namespace) }),
    did,
    next: nextSteps({
      gathered,
      root,
      source: sources[0],
      unknownAuthor: shared.log === undefined,
      flags: shared.flags,
    }),
    unseen: [...look.unseen(), ...shared.unseen.filter(({ what }) => !look.unseen().some((own) => own.what === what))],
    notes: [...gathered.notes, ...missingOf(gathered)],
  };
}

function judged(object: JsonObject, { policy, nowMs }: Cluster): ObjectVerdict {
  const placed = {
    value: object,
    apiVersion: asString(object['apiVersion']),
    kind: asString(object['kind']),
    path: [],
  };
  return judgeObject(placed, policy, nowMs, {});
}

/** The pod that a template would make, as far as its exposure goes. */
function podOfTemplate(object: JsonObject): JsonObject {
  const placed = {
    value: object,
    apiVersion: asString(object['apiVersion']),
    kind: asString(object['kind']),
    path: [],
  };
  const [view] = podViews(placed, []);
  return { metadata: view?.metadata ?? {}, spec: view?.spec ?? {} };
}

function verdictOf(verdict: ObjectVerdict): NonNullable<Investigation['verdict']> {
  return {
    refused: refusedBy(verdict).length > 0,
    findings: verdict.findings.map(({ rule, action, severity, message, remedy }) => ({
      rule,
      action,
      severity,
      message,
      remedy,
    })),
    exempted: verdict.exempted.map(({ finding, exemption }) => ({ rule: finding.rule, exemption })),
  };
}

async function entryOf(
  { pod, reference }: Gathered,
  verdict: ObjectVerdict | undefined,
  { registration, log }: Shared,
  targets: readonly AuditTarget[],
  { look, policy }: Cluster,
): Promise<EntryReason[]> {
  const wanted = isAboutAny(targets);
  const recorded = (log?.entries ?? [])
    .filter((entry) => wanted(entry) && entry.code < 400)
    .flatMap((entry) => {
      const target = targets.find(
        ({ reference: each }) => each.name === entry.name && each.namespace === entry.namespace,
      );
      const { resource: kind, namespace, name } = entry;
      return reasonsOfEntry(entry, target?.reference ?? { apiVersion: '', kind, namespace, name });
    });
  if (pod === undefined || verdict === undefined) return recorded;
  const namespace = reference?.namespace ?? '';
  const seen = await look.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}`, {
    right: 'get namespaces',
    unknown: `whether Seawall covers namespace ${namespace}`,
  });
  const labels = seen.state === 'found' ? asObject(asObject(seen.object['metadata'])['labels']) : undefined;
  const reasons = whyItGotIn({ pod: pod.pod, verdict, policy, registration, namespaceLabels: labels });
  // What was recorded answers what could otherwise not be told.
  return recorded.length === 0
    ? reasons
    : [...recorded, ...reasons.filter(({ confidence }) => confidence !== 'unknown')];
}

/** The objects of a subject that were read: the pod or template, and its owners. */
export function objectsOf({
  pod,
  template,
  reference,
  chain,
}: Gathered): { reference: OwnerReference; object: JsonObject }[] {
  const own = pod?.pod ?? template;
  return [
    ...chain
      .toReversed()
      .flatMap((link) => (link.object === undefined ? [] : [{ reference: link.reference, object: link.object }])),
    ...(own === undefined || reference === undefined ? [] : [{ reference, object: own }]),
  ];
}

/** Controllers copy annotations of a template's owner: a mark is told once, on the object that is furthest up. */
function sourcesOf(gathered: Gathered): (GitOpsSource & { readonly object: OwnerReference })[] {
  const byMark = new Map<string, GitOpsSource & { readonly object: OwnerReference }>();
  for (const { reference, object } of objectsOf(gathered)) {
    for (const source of gitOpsSources(object)) {
      if (!byMark.has(source.mark)) byMark.set(source.mark, { ...source, object: reference });
    }
  }
  return [...byMark.values()];
}

/** The log with the entries of these targets alone. */
function logOf(log: AuditFindings | undefined, targets: readonly AuditTarget[]): AuditFindings | undefined {
  return log === undefined ? undefined : { ...log, entries: log.entries.filter(isAboutAny(targets)) };
}

/** What an event without a pod leaves open. */
function missingOf({ event, pod, reference, others }: Gathered): string[] {
  if (event === undefined || pod !== undefined) return [];
  const near = others.filter(({ line }) => line.hostAccess.length > 0).length;
  return [
    ...(reference === undefined
      ? [
          `the event names no pod: which pod, if any, the process belongs to is not known; ${near} of the ${others.length} pods that are on the node now have host access, and nothing says that it was one of them`,
        ]
      : []),
    ...(event.container.id === '' ? ['the event names no container'] : []),
    ...(event.process.parents.length === 0 ? ['the event names no parent process'] : []),
  ];
}
