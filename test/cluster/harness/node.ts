import type { Containerd } from './containerd.ts';
import { startContainerd } from './containerd.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import { startControlPlaneAt } from './control-plane.ts';
import type { Kubelet } from './kubelet.ts';
import { startKubelet } from './kubelet.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { createNetworkNamespace, inNamespace } from './network-namespace.ts';
import { installNodePackages } from './node-packages.ts';
import { lastWords } from './own-process.ts';
import type { RunFolder } from './run-folder.ts';
import { createRunFolder } from './run-folder.ts';
import { sweepDeadRuns, takeDown } from './sweep.ts';
import { waitUntil } from './wait-until.ts';
import { witnessArchive, witnessImage } from './witness.ts';

export interface NodeOptions extends ControlPlaneOptions {
  /** @default node-1 */
  readonly nodeName?: string;
  /** Both run unless switched off, unlike at a control plane alone. @default true */
  readonly controllerManager?: boolean;
  readonly scheduler?: boolean;
}

/** A whole cluster of one node, in a network namespace of its own. */
export interface ClusterNode {
  readonly name: string;
  readonly controlPlane: ControlPlane;
  readonly network: NetworkNamespace;
  /** Manifests that are put in here become static pods, without asking the API server. */
  readonly staticPodFolder: string;
  /** Loads the images of a docker-archive; pods name them and say `imagePullPolicy: Never`. */
  loadImage(tar: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a cluster with a real node: needs root and Linux. The witness image is loaded; it is the pause image too.
 * @throws where a program or package cannot be had, or the node does not become ready
 */
export async function startNode(options: NodeOptions = {}): Promise<ClusterNode> {
  const { nodeName = 'node-1', ...others } = options;
  await installNodePackages();
  await sweepDeadRuns();
  const run = createRunFolder();
  try {
    return await startNodeIn(run, nodeName, others);
  } catch (error) {
    await takeDown(run.path);
    throw error;
  }
}

async function startNodeIn(run: RunFolder, name: string, options: ControlPlaneOptions): Promise<ClusterNode> {
  const network = await createNetworkNamespace(run);
  const placement = await inNamespace(network);
  const [controlPlane, containerd] = await Promise.all([
    startControlPlaneAt(run, placement, {
      controllerManager: true,
      scheduler: true,
      ...options,
      // It then reaches webhooks by the EndpointSlices of their Services, and no kube-proxy is needed.
      apiServerFlags: ['--enable-aggregator-routing=true', ...(options.apiServerFlags ?? [])],
    }),
    startContainerdWithWitness(run, network),
  ]);
  const kubelet = await startKubelet(run, placement, controlPlane.ca, name, containerd.socket);
  await waitForNode(controlPlane, kubelet, name);
  return {
    name,
    controlPlane,
    network,
    staticPodFolder: kubelet.staticPodFolder,
    loadImage: (tar) => containerd.importImages(tar),
    async stop() {
      // The kubelet first: it would start anew what ends. Then containerd, and with the control plane's folder whatever
      // containers are left: ending them one by one takes a second each.
      await kubelet.process.stop(0);
      await containerd.process.stop(0);
      network.close();
      await controlPlane.stop();
    },
  };
}

async function startContainerdWithWitness(run: RunFolder, network: NetworkNamespace): Promise<Containerd> {
  const archive = await witnessArchive();
  const containerd = await startContainerd(run, network.enter, witnessImage);
  await containerd.importImages(archive);
  return containerd;
}

async function waitForNode({ request }: ControlPlane, { process }: Kubelet, name: string): Promise<void> {
  try {
    await waitUntil(`node ${name} to be ready`, async () => {
      const { body } = await request('GET', `/api/v1/nodes/${name}`);
      return isNodeReady(body) ? true : undefined;
    });
  } catch (error) {
    throw new Error(lastWords(process), { cause: error });
  }
}

interface NodeWithConditions {
  readonly spec?: { readonly taints?: readonly unknown[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** A new node is tainted until the controller manager has seen it ready; the scheduler waits for that. */
function isNodeReady(body: unknown): boolean {
  const { spec, status } = body as NodeWithConditions;
  const ready = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return ready === true && (spec?.taints ?? []).length === 0;
}
