import { seawallNamespace } from '../harness/install-seawall.ts';
import type { ClusterNode } from '../harness/node.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { labelsOfEach, metricOfEach, readyReplicas } from './replicas.ts';

const base = `/api/v1/namespaces/${seawallNamespace}`;

const head = 'apiVersion: seawall.dev/v1alpha1\nkind: Policy\n';

/** Puts another policy in the ConfigMap, and waits until every replica has it in force. */
export async function reloadPolicy(node: ClusterNode, name: string): Promise<void> {
  await writePolicy(node, `${head}metadata: { name: ${name} }\nspec: { profile: default }\n`);
  await waitUntil(
    `policy ${name} at every replica`,
    async () => {
      const labels = await labelsOfEach(node, 'seawall_policy_info');
      return labels.every((each) => each.includes(`name="${name}"`)) ? true : undefined;
    },
    { timeoutMs: 90_000, intervalMs: 200 },
  );
}

/** Puts a policy in the ConfigMap that cannot be read, and waits until every replica has refused it. */
export async function breakPolicy(node: ClusterNode): Promise<void> {
  await writePolicy(node, `${head}metadata: { name: broken }\nspec: { profile: lenient`);
  await waitUntil(
    'every replica to refuse the broken policy',
    async () => {
      const successes = await metricOfEach(node, 'seawall_policy_last_reload_successful');
      return successes.every((each) => each === 0) ? true : undefined;
    },
    { timeoutMs: 90_000, intervalMs: 200 },
  );
}

async function writePolicy(node: ClusterNode, text: string): Promise<void> {
  await mergePatch(node, `${base}/configmaps/seawall-policy`, { data: { 'policy.yaml': text } });
  // The kubelet brings a mounted ConfigMap up to date when it looks at the pod: once a minute, or when that has changed.
  for (const { name } of await readyReplicas(node)) {
    await mergePatch(node, `${base}/pods/${name}`, {
      metadata: { annotations: { 'seawall.test/looked-at': new Date().toISOString() } },
    });
  }
}

async function mergePatch({ controlPlane }: ClusterNode, path: string, patch: object): Promise<void> {
  const options = { contentType: 'application/merge-patch+json' };
  const { status, body } = await controlPlane.request('PATCH', path, patch, options);
  if (status !== 200) throw new Error(`${path} cannot be changed: ${JSON.stringify(body)}`);
}
