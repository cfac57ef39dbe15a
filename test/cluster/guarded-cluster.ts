import type { ExecTargets } from '../../src/admission/exec-targets.ts';
import { startWebhook } from '../../src/admission/webhook.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { repair } from '../../src/policy/fix.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { openLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { jsonLines } from '../support/json-lines.ts';
import type { Fields } from '../support/pods.ts';
import { benignImage } from '../support/pods.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { startControlPlane } from './harness/control-plane.ts';
import type { CommandResult } from './harness/command.ts';
import type { Kubectl, KubectlOptions } from './harness/kubectl.ts';
import { waitUntil } from './harness/wait-until.ts';
import { webhookConfigurations, webhookNames } from './webhook-configurations.ts';

/** A line of Seawall's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A control plane with Seawall's own webhook in front of it. */
export interface GuardedCluster {
  readonly controlPlane: ControlPlane;
  readonly kubectl: Kubectl;
  /** kubectl with `-f -`, and an object as its standard input. */
  readonly send: (args: readonly string[], object: unknown, options?: KubectlOptions) => Promise<CommandResult>;
  /** An object as it is stored. */
  readonly stored: (resource: string, name: string) => Promise<StoredObject>;
  /** What Seawall logged, oldest first. */
  readonly logLines: () => readonly LogLine[];
  /** Its counts of decisions, in the text format of Prometheus. */
  readonly decisionMetrics: () => Promise<string>;
  /** Takes Seawall away, and leaves its registration. */
  readonly stopSeawall: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The part of an object that tests look at. */
export interface StoredObject {
  readonly metadata: { readonly name: string; readonly managedFields?: readonly unknown[] };
  readonly spec: {
    readonly containers: readonly StoredContainer[];
    readonly ephemeralContainers?: readonly StoredContainer[];
  };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly message?: string }[] };
}

interface StoredContainer {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: unknown;
}

export interface GuardOptions {
  /** @default the built-in policy */
  readonly policy?: Policy;
  /** Makes what was there before Seawall came. */
  readonly before?: (controlPlane: ControlPlane) => Promise<void>;
}

/** A pod that no rule but net-raw-default has anything to say of; `fields` are those of its only container. */
export function unmendedPod(name: string | undefined, spec: Fields = {}, fields: Fields = {}, metadata: Fields = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'app', image: benignImage, ...fields }], ...spec },
  };
}

/** How a refusal by the default policy begins. */
export function refusal(object: string, findings: number): string {
  const count = findings === 1 ? '1 finding' : `${findings} findings`;
  return `admission webhook "${webhookNames.pods}" denied the request: Seawall refuses ${object} by policy default: ${count}\n`;
}

/** Starts a control plane with controllers, then a webhook in this process, and registers it. */
export async function startGuardedCluster({ policy, before }: GuardOptions = {}): Promise<GuardedCluster> {
  const controlPlane = await startControlPlane({ controllerManager: true });
  await before?.(controlPlane);
  const inForce = policy ?? defaultPolicy();
  const { webhook, logLines, decisionMetrics } = await startSeawall(controlPlane, () => inForce);
  const url = `https://127.0.0.1:${webhook.port}`;
  await controlPlane.apply([...webhookConfigurations({ url, ca: controlPlane.ca.certificate })]);
  await waitUntil('all three webhooks to be asked', () => isGuarded(controlPlane));

  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() }));
  const { kubectl } = controlPlane;
  return {
    controlPlane,
    kubectl,
    send: (args, object, options) => kubectl([...args, '-f', '-'], { ...options, stdin: JSON.stringify(object) }),
    stored: async (resource, name) => {
      const { code, stdout, stderr } = await kubectl(['get', resource, name, '--show-managed-fields', '-o', 'json']);
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as StoredObject;
    },
    logLines,
    decisionMetrics,
    stopSeawall: stopOnce,
    stop: async () => {
      await stopOnce();
      await controlPlane.stop();
    },
  };
}

/** Starts Seawall's webhook in this process, with a certificate of the cluster's authority. */
export async function startSeawall(
  { ca }: Pick<ControlPlane, 'ca'>,
  policy: () => Policy,
  execTargets?: Pick<ExecTargets, 'find'>,
) {
  const metrics = createMetrics(ruleDefinitions.map(({ id }) => id));
  const texts: string[] = [];
  const destination = { write: (line: string) => void texts.push(line), flush: () => Promise.resolve() };
  const { certificate, key } = ca.issue({ commonName: 'seawall', names: ['127.0.0.1'] });
  const log = openLog({ level: 'info', destination, now: Date.now });
  const webhook = await startWebhook({
    engine: { policy, judge, repair },
    execTargets,
    keyPair: { cert: certificate, key, expiresMs: Infinity },
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    log,
    metrics,
    now: Date.now,
    monotonicMs: () => performance.now(),
  });
  return {
    webhook,
    log,
    metrics,
    logLines: () => {
      void log.flush();
      return jsonLines(texts.join('')) as LogLine[];
    },
    decisionMetrics: async () => (await metrics.text()).split('\n').filter(countsDecisions).join('\n'),
  };
}

function countsDecisions(line: string): boolean {
  return /^seawall_(decisions|reviews)_total\b/.test(line);
}

/** A webhook takes effect some moments after its registration; dry runs leave nothing behind. */
export async function isGuarded({ request }: Pick<ControlPlane, 'request'>): Promise<true | undefined> {
  const probe = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
  const containers = [{ name: 'app', image: 'app' }];
  const path = '/api/v1/namespaces/default/pods?dryRun=All';
  const refused = await request('POST', path, probe('refused', { hostNetwork: true, containers }));
  const mended = await request('POST', path, probe('mended', { containers }));
  const template = { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'warned' } };
  const warned = await request('POST', '/api/v1/namespaces/default/podtemplates?dryRun=All', {
    ...template,
    template: { spec: { hostNetwork: true, containers } },
  });
  const isMended = JSON.stringify(mended.body).includes('NET_RAW');
  // A policy may refuse templates too.
  const isTold = warned.headers['warning'] !== undefined || warned.status === 403;
  return refused.status === 403 && isMended && isTold ? true : undefined;
}
