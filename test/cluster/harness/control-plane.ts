import { writeFileSync } from 'node:fs';
import type { ApiClient } from './api-request.ts';
import { createApiClient } from './api-request.ts';
import type { ApiServerOptions } from './api-server.ts';
import { startApiServer, writeControlPlaneFiles } from './api-server.ts';
import type { AuditEvent } from './audit-log.ts';
import { readAuditLog } from './audit-log.ts';
import type { CommandResult } from './command.ts';
import { startControllerManager, startScheduler } from './controllers.ts';
import { startEtcd } from './etcd.ts';
import type { Credentials } from './kubeconfig.ts';
import { kubeconfig as kubeconfigText } from './kubeconfig.ts';
import type { Kubectl, KubectlOptions } from './kubectl.ts';
import { createKubectl } from './kubectl.ts';
import type { OwnProcess } from './own-process.ts';
import type { Placement } from './placement.ts';
import { onLoopback } from './placement.ts';
import { waitForProcess } from './ready.ts';
import type { RunFolder } from './run-folder.ts';
import { createRunFolder } from './run-folder.ts';
import { sweepDeadRuns, takeDown } from './sweep.ts';
import type { TestCa } from './test-ca.ts';
import { createTestCa } from './test-ca.ts';
import { serviceAccountToken } from './service-account.ts';

export interface ControlPlaneOptions extends ApiServerOptions {
  /**
   * Also run kube-controller-manager: Deployments make pods, namespaces get their ServiceAccount. Without it, pods are
   * accepted without a ServiceAccount. @default false
   */
  readonly controllerManager?: boolean;
  /** Also run kube-scheduler. @default false */
  readonly scheduler?: boolean;
}

/** A running etcd and kube-apiserver, and what tests do with them. */
export interface ControlPlane {
  /** The API server, for this process. */
  readonly url: string;
  readonly ca: TestCa;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly auditLog: string;
  /** The folder of everything, with `logs/` below. */
  readonly folder: string;
  readonly kubectl: Kubectl;
  /**
   * `kubectl apply` of manifests as text, or of objects.
   * @throws where kubectl refuses; use `kubectl` where the refusal is what is tested
   */
  apply(manifests: string | object, options?: KubectlOptions): Promise<CommandResult>;
  readonly request: ApiClient['request'];
  auditEvents(): AuditEvent[];
  /** A token of a ServiceAccount, which is made where it does not exist. */
  serviceAccountToken(namespace: string, name: string): Promise<string>;
  /** Writes a kubeconfig and returns its path. */
  writeKubeconfig(name: string, credentials: Credentials): string;
  /** Ends the API server as a rollout does, starts it anew on the same port, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Of its etcd, for what the API server would take too long to be told. */
  readonly etcdUrl: string;
  /** Stops etcd in its tracks: the API server's writes and consistent reads hang until `resumeEtcd`. */
  pauseEtcd(): void;
  resumeEtcd(): void;
  /** Ends etcd at once, as a crash does; what it holds stays in its folder. */
  killEtcd(): Promise<void>;
  /** Starts etcd anew with what it held, and waits until the API server is ready. */
  restartEtcd(): Promise<void>;
  stop(): Promise<void>;
}

/** The most a start tries other ports, because something took those that it had found free. */
const attempts = 3;

/**
 * Starts a control plane on loopback ports of its own, in a folder of its own. Any number may run at once.
 * @throws where a program cannot be had or does not become ready
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  await sweepDeadRuns();
  for (let attempt = 1; ; attempt++) {
    const run = createRunFolder();
    try {
      return await startControlPlaneAt(run, await onLoopback(), options);
    } catch (error) {
      await takeDown(run.path);
      if (attempt === attempts || !String(error).includes('address already in use')) throw error;
    }
  }
}

/** Starts a control plane in a given folder and network; the caller takes the folder down where this throws. */
export async function startControlPlaneAt(
  run: RunFolder,
  placement: Placement,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const ca = createTestCa();
  const files = writeControlPlaneFiles(run, ca, placement, options);
  const admin = ca.issue({ commonName: 'admin', organizations: ['system:masters'] });
  const client = createApiClient(placement.outerUrl, ca.certificate, admin);
  const writeKubeconfig = (name: string, credentials: Credentials) => {
    const path = run.file(`${name}.kubeconfig`);
    writeFileSync(path, kubeconfigText(placement.outerUrl, ca.certificate, credentials), { mode: 0o600 });
    return path;
  };
  const kubeconfig = writeKubeconfig('admin', { kind: 'certificate', ...admin });
  const kubectl = createKubectl(run, kubeconfig);

  let etcd = await startEtcd(run, { enter: placement.enter });
  // Nobody else makes ServiceAccounts, and the plugin refuses pods whose namespace has none.
  const noServiceAccounts = options.controllerManager === true ? [] : ['--disable-admission-plugins=ServiceAccount'];
  const flags = [...noServiceAccounts, ...(options.apiServerFlags ?? [])];
  const startReady = async () => {
    const started = await startApiServer(run, placement, etcd.url, files, flags);
    await waitForProcess(started, () => isReady(client));
    return started;
  };
  let apiServer = await startReady();
  const others: OwnProcess[] = [];
  if (options.controllerManager === true) others.push(await startControllerManager(run, placement, ca, files));
  if (options.scheduler === true) others.push(await startScheduler(run, placement, ca));
  if (options.controllerManager === true) {
    const [controllers = apiServer] = others;
    await waitForProcess(controllers, () => exists(client, '/api/v1/namespaces/default/serviceaccounts/default'));
  }

  return {
    url: placement.outerUrl,
    ca,
    kubeconfig,
    auditLog: files.auditLog,
    folder: run.path,
    kubectl,
    async apply(manifests, applyOptions) {
      const stdin = typeof manifests === 'string' ? manifests : JSON.stringify(asList(manifests));
      const result = await kubectl(['apply', '-f', '-'], { ...applyOptions, stdin });
      if (result.code !== 0) throw new Error(`kubectl apply ended with ${result.code}: ${result.stderr}`);
      return result;
    },
    request: client.request,
    auditEvents: () => readAuditLog(files.auditLog),
    serviceAccountToken: (namespace, name) => serviceAccountToken(client, namespace, name),
    writeKubeconfig,
    async restartApiServer() {
      await apiServer.stop(30_000);
      apiServer = await startReady();
    },
    etcdUrl: etcd.url,
    pauseEtcd: () => etcd.process.signal('SIGSTOP'),
    resumeEtcd: () => etcd.process.signal('SIGCONT'),
    killEtcd: () => etcd.process.stop(0),
    async restartEtcd() {
      etcd = await startEtcd(run, { enter: placement.enter }, etcd.port);
      await waitForProcess(apiServer, () => isReady(client));
    },
    async stop() {
      client.close();
      // A paused etcd would keep the API server from its end.
      etcd.process.signal('SIGCONT');
      await Promise.all(others.map((each) => each.stop(2_000)));
      // Nobody reads what a graceful end would save.
      await Promise.all([apiServer.stop(0), etcd.process.stop(0)]);
      await takeDown(run.path);
    },
  };
}

async function isReady(client: ApiClient): Promise<true | undefined> {
  const { status } = await client.request('GET', '/readyz', undefined, { timeoutMs: 2_000 });
  return status === 200 ? true : undefined;
}

async function exists(client: ApiClient, path: string): Promise<true | undefined> {
  return (await client.request('GET', path)).status === 200 ? true : undefined;
}

function asList(manifests: object): object {
  return Array.isArray(manifests) ? { apiVersion: 'v1', kind: 'List', items: manifests as unknown[] } : manifests;
}
