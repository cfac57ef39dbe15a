import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { Webhook } from '../../src/admission/webhook.ts';
import { startWebhook } from '../../src/admission/webhook.ts';
import { readAuthorities } from '../../src/certificates/certificate-facts.ts';
import type { RotationTimes } from '../../src/certificates/rotation-times.ts';
import { rotationTimes } from '../../src/certificates/rotation-times.ts';
import type { SelfManaged } from '../../src/certificates/self-managed.ts';
import { startSelfManaged } from '../../src/certificates/self-managed.ts';
import { createApiClient } from '../../src/cluster/api-client.ts';
import { kubeconfigCredentials } from '../../src/cluster/kubeconfig.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { repair } from '../../src/policy/fix.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { jsonLines } from '../support/json-lines.ts';
import type { LogLine } from './guarded-cluster.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { webhookConfigurations } from './webhook-configurations.ts';

/** Quick enough to be waited for. */
export const quickTimes: RotationTimes = { ...rotationTimes, settleMs: 1_000, oldAuthorityStaysMs: 4_000 };

export const namespace = 'seawall';
const secretName = 'seawall-certificates';
const secretPath = `/api/v1/namespaces/${namespace}/secrets/${secretName}`;

/** One Seawall of several, in this process, as `serve --self-managed` runs it. */
export interface Replica {
  readonly webhook: Webhook;
  readonly managed: SelfManaged;
  readonly logLines: () => readonly LogLine[];
  readonly metrics: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface ReplicaOptions {
  readonly identity: string;
  /** Milliseconds that its clock is ahead. @default 0 */
  readonly skewMs?: number;
  /** @default quickTimes */
  readonly times?: RotationTimes;
}

export async function startReplica(
  { kubeconfig }: Pick<ControlPlane, 'kubeconfig'>,
  { identity, skewMs = 0, times = quickTimes }: ReplicaOptions,
): Promise<Replica> {
  const now = (): number => Date.now() + skewMs;
  const monotonicMs = (): number => performance.now();
  const client = createApiClient(await kubeconfigCredentials({ kubeconfig, env: {} }), { now });
  const metrics = createMetrics([]);
  const texts: string[] = [];
  const destination = { write: (line: string) => void texts.push(line), flush: () => Promise.resolve() };
  const log = openLog({ level: 'info', destination, now });
  const serving: { webhook?: Webhook } = {};
  const managed = startSelfManaged({
    client,
    namespace,
    service: 'seawall',
    secret: secretName,
    lease: 'seawall',
    ipAddresses: ['127.0.0.1'],
    identity,
    times,
    leaseTimes: { leaseDurationMs: 8_000, renewDeadlineMs: 6_000, retryPeriodMs: 500 },
    apply: (pair) => serving.webhook?.serveKeyPair(pair),
    log,
    metrics,
    now,
    monotonicMs,
  });
  await managed.started;
  const policy = defaultPolicy();
  const webhook = await startWebhook({
    engine: { policy: () => policy, judge, repair },
    keyPair: managed.current(),
    certificateProblems: managed.problems,
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    log,
    metrics,
    now,
    monotonicMs,
  });
  serving.webhook = webhook;
  webhook.serveKeyPair(managed.current());
  return {
    webhook,
    managed,
    logLines: () => jsonLines(texts.join('')) as LogLine[],
    metrics: metrics.text,
    stop: async () => {
      await webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() });
      await managed.stop();
      client.close();
    },
  };
}

/** Passes each connection on to one of the replicas in turn, as a Service does. */
export interface Balancer {
  readonly port: number;
  lead: (replicas: readonly Replica[]) => void;
  readonly close: () => void;
}

export async function startBalancer(): Promise<Balancer> {
  let targets: readonly Replica[] = [];
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const target = targets[(turn += 1) % Math.max(targets.length, 1)];
    if (target === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ host: '127.0.0.1', port: target.webhook.port });
    open.add(incoming);
    incoming.on('close', () => open.delete(incoming));
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lead: (replicas) => (targets = replicas),
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** The configurations as they are shipped, without caBundle, for a webhook at a port of this machine. */
export function untrustingConfigurations(port: number): object[] {
  const configurations = webhookConfigurations({ url: `https://127.0.0.1:${port}`, ca: '' });
  const text = JSON.stringify(configurations, (key, value: unknown) => (key === 'caBundle' ? undefined : value));
  return JSON.parse(text) as object[];
}

export const configurationPaths = {
  pods: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seawall-pods',
  workloads: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seawall-workloads',
  repair: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/seawall-repair',
} as const;

/** The PEM in each caBundle of the three configurations; undefined for one that does not exist. */
export async function caBundles({ request }: Pick<ControlPlane, 'request'>): Promise<(string | undefined)[]> {
  const answers = await Promise.all(Object.values(configurationPaths).map((path) => request('GET', path)));
  return answers.map(({ status, body }) => {
    const { webhooks = [] } = body as { webhooks?: { clientConfig: { caBundle?: string } }[] };
    return status === 200 ? Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString() : undefined;
  });
}

/** Fingerprints of the authorities in each caBundle. */
export async function trustedAuthorities(cluster: Pick<ControlPlane, 'request'>): Promise<string[][]> {
  return (await caBundles(cluster)).map((pem) => readAuthorities(pem ?? '').map(({ fingerprint }) => fingerprint));
}

/** The Secret as people see it: what it holds as text, and its annotations. */
export interface StoredSecret {
  readonly values: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Fingerprint of its authority. */
  readonly authority: string;
}

export async function storedSecret({ request }: Pick<ControlPlane, 'request'>): Promise<StoredSecret | undefined> {
  const { status, body } = await request('GET', secretPath);
  if (status !== 200) return undefined;
  const { data = {}, metadata } = body as {
    readonly data?: Readonly<Record<string, string>>;
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  };
  const values = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
  const ca = values['ca.crt'] ?? '';
  return { values, annotations: metadata.annotations ?? {}, authority: ca === '' ? '' : fingerprint(ca) };
}

export async function patchSecret({ request }: Pick<ControlPlane, 'request'>, patch: object): Promise<void> {
  const { status, body } = await request('PATCH', secretPath, patch, { contentType: 'application/merge-patch+json' });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

export async function deleteSecret({ request }: Pick<ControlPlane, 'request'>): Promise<void> {
  await request('DELETE', secretPath);
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/** Opens a TLS connection as an API server does that trusts `ca`. @throws where it does not trust the certificate */
export async function handshake(port: number, ca: string): Promise<string> {
  const socket = tlsConnect({ host: '127.0.0.1', port, ca, servername: '' });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  } finally {
    socket.destroy();
  }
}
