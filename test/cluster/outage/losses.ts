import { mustRun } from '../harness/command.ts';
import { seawallNamespace } from '../harness/install-seawall.ts';
import type { ClusterNode } from '../harness/node.ts';
import { createTestCa } from '../harness/test-ca.ts';
import { readyReplicas } from '../faults/replicas.ts';
import type { Site } from '../faults/faults.ts';

/** Something that goes, and comes back. */
export interface Loss {
  /** As the table says it. */
  readonly gone: string;
  /** How often each probe is asked: more than once where it depends on which replica is chosen. */
  readonly times: number;
  /** How long the API server is given, in seconds. */
  readonly patienceS?: number;
  /** Whether it keeps the forms from being changed. */
  readonly isOfApiServer?: boolean;
  /** Takes it away, and resolves to what brings it back. */
  readonly happen: (site: Site) => Promise<() => Promise<void>>;
}

export const losses: readonly Loss[] = [
  { gone: 'nothing', times: 1, happen: () => Promise.resolve(() => Promise.resolve()) },
  {
    gone: 'every replica',
    times: 1,
    happen: async ({ node }) => {
      await kubectl(node, ['-n', seawallNamespace, 'scale', 'deployment/seawall', '--replicas=0']);
      await readyReplicas(node, 0);
      return async () => {
        await kubectl(node, ['-n', seawallNamespace, 'scale', 'deployment/seawall', '--replicas=2']);
      };
    },
  },
  {
    gone: 'its Service',
    times: 1,
    happen: async ({ node, installed }) => {
      await kubectl(node, ['-n', seawallNamespace, 'delete', 'service', 'seawall']);
      return async () => {
        await installed.apply();
      };
    },
  },
  { gone: 'its certificate: the caBundle is of another authority', times: 1, happen: foreignAuthority },
  {
    gone: 'the node of one of two replicas, before the cluster has noticed',
    times: 32,
    happen: ({ node }) => unreachable(node),
  },
  {
    gone: 'etcd',
    times: 1,
    patienceS: 5,
    isOfApiServer: true,
    happen: async ({ node: { controlPlane } }) => {
      await controlPlane.killEtcd();
      return () => controlPlane.restartEtcd();
    },
  },
];

const registration = '/apis/admissionregistration.k8s.io/v1';
const binding = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/seawall-registration';
const registered = [
  `${registration}/validatingwebhookconfigurations/seawall-pods`,
  `${registration}/validatingwebhookconfigurations/seawall-workloads`,
  `${registration}/mutatingwebhookconfigurations/seawall-repair`,
];

/** Puts another authority into every caBundle, and takes the right from Seawall that it would mend that with. */
async function foreignAuthority({ node, installed }: Site): Promise<() => Promise<void>> {
  const { request } = node.controlPlane;
  await request('DELETE', binding);
  const foreign = Buffer.from(createTestCa().certificate).toString('base64');
  const before = new Map<string, object>();
  for (const path of registered) {
    const { body } = await request('GET', path);
    const { webhooks } = body as { readonly webhooks: readonly { readonly clientConfig: object }[] };
    before.set(path, webhooks);
    await put(
      node,
      path,
      webhooks.map((each) => ({ ...each, clientConfig: { ...each.clientConfig, caBundle: foreign } })),
    );
  }
  return async () => {
    for (const [path, webhooks] of before) await put(node, path, webhooks);
    await installed.apply();
  };
}

async function put({ controlPlane }: ClusterNode, path: string, webhooks: object): Promise<void> {
  const patch = [{ op: 'replace', path: '/webhooks', value: webhooks }];
  const options = { contentType: 'application/json-patch+json' };
  const { status, body } = await controlPlane.request('PATCH', path, patch, options);
  if (status !== 200) throw new Error(`${path} cannot be changed: ${JSON.stringify(body)}`);
}

/**
 * Drops what goes to the admission port of one replica, as for a node without power: nothing answers there, and nothing refuses.
 * What the kubelet asks goes on, because it would be another one.
 */
async function unreachable(node: ClusterNode): Promise<() => Promise<void>> {
  const [victim] = await readyReplicas(node);
  const rule = `OUTPUT -d ${victim?.address ?? ''} -p tcp --dport 8443 -j DROP`.split(' ');
  const [program, ...rest] = [...node.network.enter, 'iptables', '-w'];
  await mustRun(program, [...rest, '-I', ...rule]);
  return async () => {
    await mustRun(program, [...rest, '-D', ...rule]);
  };
}

async function kubectl({ controlPlane }: ClusterNode, args: readonly string[]): Promise<void> {
  const { code, stderr } = await controlPlane.kubectl(args);
  if (code !== 0) throw new Error(stderr);
}
