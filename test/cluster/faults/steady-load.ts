import { benignImage } from '../../support/pods.ts';
import type { ControlPlane } from '../harness/control-plane.ts';
import { waitUntil } from '../harness/wait-until.ts';
import type { Verdict } from './outcome.ts';
import { outcomeOf } from './outcome.ts';

/** The creation of one pod, and what came of it. */
export interface Creation extends Verdict {
  readonly kind: 'benign' | 'bad';
  /** Milliseconds of a clock that is never set. */
  readonly startedMs: number;
  readonly tookMs: number;
}

/** Pods that are created at a steady pace, though some of those before are not answered yet. */
export interface SteadyLoad {
  /** Waits until so many more creations were begun and all before them answered. */
  seeThrough(creations: number): Promise<void>;
  /** Ends it, and returns every creation once it is answered. */
  stop(): Promise<readonly Creation[]>;
}

export const loadNamespace = 'load';
export const perSecond = 25;

/** What is open at most: an API server that comes back on a busy machine would drown in all that waits for it. */
const maxOpen = 12;

/** Above what the API server gives two webhooks and etcd, so that it is its answer that counts. */
const timeoutMs = 30_000;

/**
 * Creates pods in the namespace `load`: one in four is bad. Bad ones are no dry runs, for what matters is whether they are
 * there in the end; of the benign ones one in eight is created, and the others spare etcd what admission does not need.
 */
export function startSteadyLoad({ request }: Pick<ControlPlane, 'request'>): SteadyLoad {
  const creations: Creation[] = [];
  const open = new Set<Promise<void>>();
  let begun = 0;
  const create = async (index: number): Promise<void> => {
    const startedMs = performance.now();
    const kind = index % 4 === 3 ? 'bad' : 'benign';
    const isDry = kind === 'benign' && index % 32 > 3;
    const path = `/api/v1/namespaces/${loadNamespace}/pods${isDry ? '?dryRun=All' : ''}`;
    const pod = kind === 'bad' ? badPod(index) : benignPod;
    const verdict = await request('POST', path, pod, { timeoutMs }).then(outcomeOf, failedBefore);
    creations.push({ kind, startedMs, tookMs: performance.now() - startedMs, ...verdict });
  };
  const timer = setInterval(() => {
    if (open.size >= maxOpen) return;
    const one = create(begun).finally(() => open.delete(one));
    open.add(one);
    begun += 1;
  }, 1000 / perSecond);
  return {
    async seeThrough(more) {
      const wanted = begun + more;
      await waitUntil('the load to go on', () => (begun >= wanted ? true : undefined), { timeoutMs: 120_000 });
      await Promise.all(open);
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      return creations;
    },
  };
}

/** No answer came: the API server is away, or closed the connection. */
function failedBefore(error: unknown): Verdict {
  return { outcome: 'server-failed', message: error instanceof Error ? error.message : String(error) };
}

/** Nobody schedules it: what the kubelet would make of it is not the question. */
function pod(kind: string, spec: object, container: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: `${kind}-`, labels: { kind } },
    spec: { schedulerName: 'nobody', containers: [{ name: 'app', image: benignImage, ...container }], ...spec },
  };
}

const benignPod = pod('benign', {});

const badPods = [
  pod('bad', { hostNetwork: true }),
  pod('bad', {}, { image: 'nicolaka/netshoot' }),
  pod('bad', {}, { securityContext: { privileged: true } }),
  pod('bad', {}, { command: ['sh', '-c', 'apk add nmap && nmap 10.0.0.0/8'] }),
];

function badPod(index: number): object {
  return badPods[Math.floor(index / 4) % badPods.length] ?? benignPod;
}

/** Names of the bad pods that are stored, whatever their creation was answered. */
export async function storedBadPods({ request }: Pick<ControlPlane, 'request'>): Promise<readonly string[]> {
  const { status, body } = await request('GET', `/api/v1/namespaces/${loadNamespace}/pods?labelSelector=kind%3Dbad`);
  if (status !== 200) throw new Error(`the pods of the load cannot be listed: HTTP ${status}`);
  const { items } = body as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
  return items.map(({ metadata }) => metadata.name);
}

/** Makes the namespace of the load, ready for pods. */
export async function makeLoadNamespace({ apply, request }: Pick<ControlPlane, 'apply' | 'request'>): Promise<void> {
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: loadNamespace } });
  await waitUntil(`the ServiceAccount of namespace ${loadNamespace}`, async () => {
    const { status } = await request('GET', `/api/v1/namespaces/${loadNamespace}/serviceaccounts/default`);
    return status === 200 ? true : undefined;
  });
}

/** Deletes what the load has stored. */
export async function clearLoad({ request }: Pick<ControlPlane, 'request'>): Promise<void> {
  await request('DELETE', `/api/v1/namespaces/${loadNamespace}/pods?gracePeriodSeconds=0`);
}
