import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seawallNamespace } from '../harness/install-seawall.ts';
import type { ClusterNode } from '../harness/node.ts';
import { waitUntil } from '../harness/wait-until.ts';

/** A pod of Seawall. */
export interface Replica {
  readonly name: string;
  readonly address: string;
  readonly restarts: number;
  /** Id of its container, by which containerd knows it. */
  readonly container: string;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[];
  };
}

const base = `/api/v1/namespaces/${seawallNamespace}`;

/** Waits until exactly so many pods of Seawall are there, all of them ready. */
export async function readyReplicas(node: ClusterNode, wanted = 2): Promise<readonly Replica[]> {
  const look = async () => {
    const { body } = await node.controlPlane.request('GET', `${base}/pods`);
    const { items } = body as { readonly items: readonly Pod[] };
    const isReady = ({ metadata, status }: Pod) =>
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
    return items.length === wanted && items.every(isReady) ? items.map(replicaOf) : undefined;
  };
  return waitUntil(`${wanted} ready replicas and no other`, look, { timeoutMs: 120_000, intervalMs: 200 });
}

function replicaOf({ metadata, status }: Pod): Replica {
  const [container] = status.containerStatuses ?? [];
  return {
    name: metadata.name,
    address: status.podIP ?? '',
    restarts: container?.restartCount ?? 0,
    container: (container?.containerID ?? '').replace('containerd://', ''),
  };
}

/** Ends a replica at once: its first process gets SIGKILL, as from the kernel when memory runs out. */
export function kill({ controlPlane }: ClusterNode, { container }: Replica): void {
  const task = join('containerd', 'state', 'io.containerd.runtime.v2.task', 'k8s.io', container, 'init.pid');
  process.kill(Number(readFileSync(join(controlPlane.folder, task), 'utf8')), 'SIGKILL');
}

/** Reads one series of every replica's metrics, named as /metrics writes it, labels included; NaN where it is not there. */
export async function metricOfEach(node: ClusterNode, series: string): Promise<readonly number[]> {
  const replicas = await readyReplicas(node);
  const texts = await Promise.all(replicas.map(({ name }) => metricsOf(node, name)));
  return texts.map((text) => {
    const line = text.split('\n').find((each) => each.startsWith(`${series} `)) ?? '';
    return line === '' ? NaN : Number(line.slice(series.length));
  });
}

/** All labels of a metric with one series, at every replica. */
export async function labelsOfEach(node: ClusterNode, metric: string): Promise<readonly string[]> {
  const replicas = await readyReplicas(node);
  const texts = await Promise.all(replicas.map(({ name }) => metricsOf(node, name)));
  return texts.map((text) => text.split('\n').find((each) => each.startsWith(`${metric}{`)) ?? '');
}

async function metricsOf({ controlPlane }: ClusterNode, name: string): Promise<string> {
  const { status, body } = await controlPlane.request('GET', `${base}/pods/http:${name}:8080/proxy/metrics`);
  if (status !== 200 || typeof body !== 'string') throw new Error(`metrics of ${name}: HTTP ${status}`);
  return body;
}

/** Waits until every replica serves the certificate that the Secret holds. */
export async function allServe(node: ClusterNode, certificate: string): Promise<void> {
  const ends = new X509Certificate(certificate).validToDate.getTime() / 1000;
  await waitUntil(
    'every replica to serve the new certificate',
    async () => {
      const served = await metricOfEach(node, 'seawall_certificate_expiry_timestamp_seconds');
      return served.every((each) => each === ends) ? true : undefined;
    },
    { timeoutMs: 150_000, intervalMs: 200 },
  );
}
