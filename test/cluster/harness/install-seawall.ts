import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { CommandResult } from './command.ts';
import type { ClusterNode } from './node.ts';
import { seawallArchive } from './seawall-image.ts';
import { waitUntil } from './wait-until.ts';

const manifests = join(import.meta.dirname, '..', '..', '..', 'manifests');

/** The namespace that manifests/ has for Seawall. */
export const seawallNamespace = 'seawall';

export interface InstallOptions {
  /** What of manifests/ is applied. @default the whole, which is armed */
  readonly overlay?: 'audit-only' | 'cert-manager';
  /** Text of the policy file. @default what the manifests hold */
  readonly policy?: string;
  /** Added to the arguments of `seawall serve`. */
  readonly args?: readonly string[];
  /** @default 2 */
  readonly replicas?: number;
  /** Comes between the image's arrival and `kubectl apply -k`. */
  readonly before?: () => Promise<void>;
  /** Whether to wait until every replica is ready and the API server asks them. @default true */
  readonly wait?: boolean;
}

/** Seawall as its users install it. */
export interface InstalledSeawall {
  /** The folder that was applied: manifests/, and what this node needs besides. */
  readonly kustomization: string;
  /** `kubectl apply -k` of the same once more. */
  apply(): Promise<CommandResult>;
  /** Waits until the Deployment has rolled out. @throws with the pods' state, where it does not */
  rolledOut(): Promise<void>;
  /** Names of the replicas that are not being deleted. */
  pods(): Promise<readonly string[]>;
  /** The log lines of every replica. */
  logs(): Promise<string>;
  /** `kubectl delete -k`, to its end; a second time it finds nothing. */
  uninstall(): Promise<CommandResult>;
}

/**
 * Installs Seawall with `kubectl apply -k manifests` and the image of our own Dockerfile.
 * @throws where kubectl refuses, or the replicas do not become ready
 */
export async function installSeawall(node: ClusterNode, options: InstallOptions = {}): Promise<InstalledSeawall> {
  const { controlPlane } = node;
  const { kubectl } = controlPlane;
  await node.loadImage(await seawallArchive());
  await options.before?.();
  const kustomization = join(controlPlane.folder, `install-${options.overlay ?? 'whole'}`);
  writeKustomization(kustomization, options);
  const installed: InstalledSeawall = {
    kustomization,
    apply: () => kubectl(['apply', '-k', kustomization]),
    async rolledOut() {
      const { code, stderr } = await inNamespace(['rollout', 'status', 'deployment/seawall', '--timeout=120s']);
      if (code !== 0) throw new Error(`${stderr}${(await inNamespace(['describe', 'pods'])).stdout}${await logs()}`);
    },
    async pods() {
      const { stdout } = await inNamespace(['get', 'pods', '-o', 'json']);
      const { items } = JSON.parse(stdout) as { readonly items: readonly PodWithName[] };
      return items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => metadata.name);
    },
    logs: () => logs(),
    uninstall: () => kubectl(['delete', '-k', kustomization, '--ignore-not-found'], { timeoutMs: 120_000 }),
  };
  const inNamespace = (args: readonly string[]) => kubectl(['-n', seawallNamespace, ...args], { timeoutMs: 130_000 });
  const logs = async () =>
    (await inNamespace(['logs', '-l', 'app.kubernetes.io/name=seawall', '--tail=-1', '--prefix'])).stdout;
  const { code, stderr } = await installed.apply();
  if (code !== 0) throw new Error(stderr);
  if (options.wait === false) return installed;
  await installed.rolledOut();
  if (options.overlay !== 'audit-only') await waitUntil('the webhooks to be asked', () => isArmed(node));
  return installed;
}

interface PodWithName {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
}

/** Overlays manifests/ as a user would, for a node that pulls nothing. */
function writeKustomization(folder: string, options: InstallOptions): void {
  const base = options.overlay === undefined ? manifests : join(manifests, 'overlays', options.overlay);
  const deployment = { kind: 'Deployment', name: 'seawall' };
  const container = '/spec/template/spec/containers/0';
  const operations = [
    { op: 'replace', path: `${container}/imagePullPolicy`, value: 'Never' },
    ...(options.args ?? []).map((value) => ({ op: 'add', path: `${container}/args/-`, value })),
    ...(options.replicas === undefined ? [] : [{ op: 'replace', path: '/spec/replicas', value: options.replicas }]),
  ];
  const policy = { op: 'replace', path: '/data/policy.yaml', value: options.policy };
  const patches = [
    { target: deployment, patch: JSON.stringify(operations) },
    ...(options.policy === undefined
      ? []
      : [{ target: { kind: 'ConfigMap', name: 'seawall-policy' }, patch: JSON.stringify([policy]) }]),
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'kustomization.yaml'),
    JSON.stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      // kustomize takes no absolute path.
      resources: [relative(folder, base)],
      patches,
    }),
  );
}

/** A dry run of a pod that every policy but an observing one refuses, by Seawall's word and not for want of it. */
async function isArmed({ controlPlane }: ClusterNode): Promise<true | undefined> {
  const spec = { hostNetwork: true, containers: [{ name: 'app', image: 'nicolaka/netshoot' }] };
  const { body } = await controlPlane.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'refused' },
    spec,
  });
  return JSON.stringify(body).includes('Seawall refuses') ? true : undefined;
}
