import type { Policy } from '../../src/policy/policy.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { isGuarded, startSeawall, unmendedPod } from './guarded-cluster.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import type { ClusterNode } from './harness/node.ts';
import { startNode } from './harness/node.ts';
import { waitUntil } from './harness/wait-until.ts';
import { webhookConfigurations } from './webhook-configurations.ts';

/** What stands before the pods of each namespace. */
export const namespaces = {
  /** Seawall whole: it repairs, and judges what comes of it. */
  guarded: 'default',
  /** The judge alone. */
  unrepaired: 'unrepaired',
  /** Nothing: what the runtime makes of a pod without Seawall. */
  unguarded: 'unguarded',
} as const;

/** A cluster with a real node, and Seawall's own webhook in front of it. */
export interface GuardedNode {
  readonly node: ClusterNode;
  readonly controlPlane: ControlPlane;
  /** Judges by another policy from the next request on. */
  readonly usePolicy: (policy: Policy) => void;
  readonly stop: () => Promise<void>;
}

/** Starts a node, then a webhook in this process that judges by the built-in policy, and registers it. */
export async function startGuardedNode(): Promise<GuardedNode> {
  const node = await startNode();
  try {
    return await guard(node);
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function guard(node: ClusterNode): Promise<GuardedNode> {
  const { controlPlane, network } = node;
  let inForce = defaultPolicy();
  const { webhook } = await startSeawall(controlPlane, () => inForce);
  await network.expose(webhook.port);
  const { unrepaired, unguarded } = namespaces;
  const url = `https://127.0.0.1:${webhook.port}`;
  const { certificate: ca } = controlPlane.ca;
  await controlPlane.apply([
    ...[unrepaired, unguarded].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...webhookConfigurations({ url, ca, namespace: unguarded }),
  ]);
  await leaveUnrepaired(controlPlane, unrepaired);
  await waitUntil('all three webhooks to be asked', () => isGuarded(controlPlane));
  await Promise.all([unrepaired, unguarded].map((namespace) => waitForServiceAccount(controlPlane, namespace)));
  await waitUntil('the namespace without repairs', () => isUnrepaired(controlPlane, unrepaired));
  return {
    node,
    controlPlane,
    usePolicy: (next) => {
      inForce = next;
    },
    stop: async () => {
      await webhook.stop({ delayMs: 0, boundMs: 0, wait: () => Promise.resolve() });
      await node.stop();
    },
  };
}

async function leaveUnrepaired({ kubectl }: ControlPlane, namespace: string): Promise<void> {
  const value = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [namespace] };
  const patch = JSON.stringify([{ op: 'add', path: '/webhooks/0/namespaceSelector/matchExpressions/-', value }]);
  const args = ['patch', 'mutatingwebhookconfiguration', 'seawall-repair', '--type=json', '-p', patch];
  const { code, stderr } = await kubectl(args);
  if (code !== 0) throw new Error(stderr);
}

async function waitForServiceAccount({ request }: ControlPlane, namespace: string): Promise<void> {
  await waitUntil(`the ServiceAccount of namespace ${namespace}`, async () => {
    const { status } = await request('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
    return status === 200 ? true : undefined;
  });
}

async function isUnrepaired({ request }: ControlPlane, namespace: string): Promise<true | undefined> {
  const { status, body } = await request(
    'POST',
    `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
    unmendedPod('probe'),
  );
  return status === 201 && !JSON.stringify(body).includes('NET_RAW') ? true : undefined;
}
