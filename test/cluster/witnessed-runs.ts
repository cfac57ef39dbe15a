/*
 * Sends a pod to the API server, runs what was admitted, and brings back what its containers said. A pod that Seawall
 * refused is run where nothing guards, to see whether there was a reason.
 */
import type { Fields } from '../support/pods.ts';
import type { WitnessPod } from './arbitrary-witness-pods.ts';
import { namespaces } from './guarded-node.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { waitUntil } from './harness/wait-until.ts';
import type { WitnessReport } from './harness/witness.ts';
import { parseReport } from './harness/witness.ts';

/** One cause of a denial. */
export interface Refusal {
  readonly rule: string;
  /** @example 'spec.containers[0].securityContext.privileged' */
  readonly field: string;
}

/** What became of the containers of a pod that was let in. */
export interface Run {
  readonly reports: ReadonlyMap<string, WitnessReport>;
  /** Containers that the kubelet or the runtime did not start, with its reason. */
  readonly notStarted: ReadonlyMap<string, string>;
}

export interface Outcome {
  readonly refusals: readonly Refusal[];
  /** What the API server itself has against the pod. */
  readonly invalid: string | undefined;
  /** What ran behind Seawall; undefined where nothing was let in. */
  readonly guarded: Run | undefined;
  /** The same pod without Seawall, where Seawall refused it or what joined it. */
  readonly unguarded: Run | undefined;
}

/** Time for one pod to start; the tests of several files share the machine. */
const startTimeoutMs = 120_000;

/** Sends a pod through Seawall and, where it is refused, past it. */
export async function witness(cluster: ControlPlane, pod: WitnessPod, name: string): Promise<Outcome> {
  const namespace = pod.repaired ? namespaces.guarded : namespaces.unrepaired;
  const { refusals, invalid, run } = await sendAndRun(cluster, pod, namespace, name);
  if (refusals.length === 0) return { refusals, invalid, guarded: run, unguarded: undefined };
  const past = await sendAndRun(cluster, pod, namespaces.unguarded, name);
  if (past.refusals.length > 0) throw new Error(`${name} was refused in the namespace ${namespaces.unguarded}`);
  return { refusals, invalid: past.invalid, guarded: run, unguarded: past.run };
}

interface Sent {
  readonly refusals: readonly Refusal[];
  readonly invalid: string | undefined;
  readonly run: Run | undefined;
}

async function sendAndRun(cluster: ControlPlane, pod: WitnessPod, namespace: string, name: string): Promise<Sent> {
  const { request } = cluster;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const spec = { restartPolicy: 'Never', automountServiceAccountToken: false, enableServiceLinks: false, ...pod.spec };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...spec, nodeName: 'node-1' } };
  const created = readAnswer(await request('POST', path, object));
  if (created.refusals.length > 0 || created.invalid !== undefined) return { ...created, run: undefined };
  try {
    const run = await runOf(cluster, `${path}/${name}`);
    if (pod.joins === undefined || run.notStarted.size > 0) return { ...created, run };
    const patch = { spec: { ephemeralContainers: [pod.joins] } };
    const contentType = 'application/strategic-merge-patch+json';
    const joined = readAnswer(await request('PATCH', `${path}/${name}/ephemeralcontainers`, patch, { contentType }));
    if (joined.refusals.length > 0 || joined.invalid !== undefined) return { ...joined, run };
    return { ...joined, run: await runOf(cluster, `${path}/${name}`) };
  } finally {
    await request('DELETE', `${path}/${name}?gracePeriodSeconds=0`);
  }
}

interface StatusBody {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason: string; readonly field: string }[] };
}

function readAnswer({ status, body }: { readonly status: number; readonly body: unknown }): Omit<Sent, 'run'> {
  const { message = '', details } = body as StatusBody;
  if (status < 300) return { refusals: [], invalid: undefined };
  if (status === 422) return { refusals: [], invalid: message };
  const causes = details?.causes ?? [];
  if (status !== 403 || causes.length === 0) throw new Error(`answered with ${status}: ${message}`);
  return { refusals: causes.map(({ reason, field }) => ({ rule: reason, field })), invalid: undefined };
}

interface PodBody {
  readonly spec: Readonly<Partial<Record<'containers' | 'initContainers' | 'ephemeralContainers', readonly Fields[]>>>;
  readonly status: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
  } & Readonly<
    Partial<
      Record<'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses', readonly ContainerStatus[]>
    >
  >;
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: object;
    readonly terminated?: { readonly reason?: string; readonly message?: string };
  };
}

/** Waits until every container has reported, or one of them will not start. */
async function runOf({ request }: ControlPlane, path: string): Promise<Run> {
  const reports = new Map<string, WitnessReport>();
  const look = async (): Promise<Run | undefined> => {
    const pod = (await request('GET', path)).body as PodBody;
    const notStarted = failuresOf(pod);
    for (const { name, state } of statusesOf(pod)) {
      if (reports.has(name) || notStarted.has(name) || (state?.running ?? state?.terminated) === undefined) continue;
      const { status, body } = await request('GET', `${path}/log?container=${name}`);
      if (status === 200 && typeof body === 'object' && body !== null) reports.set(name, body as WitnessReport);
      if (status === 200 && typeof body === 'string' && body.includes('\n')) reports.set(name, parseReport(body));
    }
    if (notStarted.size > 0 || reports.size === containersOf(pod)) return { reports, notStarted };
    // The cause that is told when the time is over.
    throw new Error(`has reports of ${[...reports.keys()].join(' ')}; ${JSON.stringify(pod.status)}`);
  };
  return waitUntil(`the reports of ${path}`, look, { timeoutMs: startTimeoutMs, intervalMs: 1_000 });
}

function containersOf({ spec }: PodBody): number {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  return containers.length + initContainers.length + ephemeralContainers.length;
}

function statusesOf({ status }: PodBody): readonly ContainerStatus[] {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
}

const stillComing: ReadonlySet<string | undefined> = new Set([undefined, 'ContainerCreating', 'PodInitializing']);

function failuresOf(pod: PodBody): ReadonlyMap<string, string> {
  const failures = new Map<string, string>();
  for (const { name, state } of statusesOf(pod)) {
    const { waiting, terminated } = state ?? {};
    if (waiting !== undefined && !stillComing.has(waiting.reason)) failures.set(name, say(waiting));
    if (terminated !== undefined && terminated.reason !== 'Completed') failures.set(name, say(terminated));
  }
  const { phase, reason, message } = pod.status;
  // The kubelet itself has refused the pod: no container has a status.
  if (phase === 'Failed' && statusesOf(pod).length === 0) failures.set('', say({ reason, message }));
  return failures;
}

function say({
  reason,
  message,
}: {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}): string {
  return `${reason ?? 'no reason'}: ${message ?? ''}`;
}
