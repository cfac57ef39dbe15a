import { issueServing } from '../../../src/certificates/issue.ts';
import { rotateAnnotation } from '../../../src/certificates/secret-contents.ts';
import { serviceNames } from '../../../src/certificates/self-managed.ts';
import { seawallNamespace } from '../harness/install-seawall.ts';
import type { ClusterNode } from '../harness/node.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { allServe } from './replicas.ts';

const secretPath = `/api/v1/namespaces/${seawallNamespace}/secrets/seawall-certificates`;

/** Takes the serving certificate away; the leader issues another one of the same authority. */
export async function renewLeaf(node: ClusterNode): Promise<void> {
  const before = await secretValue(node, 'tls.crt');
  await patchSecret(node, { data: { 'tls.crt': null, 'tls.key': null } });
  await allServe(node, await changedFrom(node, 'tls.crt', before));
}

/** Asks for a new authority, and waits until a certificate of it is served: a minute passes for the API servers to see it. */
export async function rotateAuthority(node: ClusterNode): Promise<void> {
  const before = await secretValue(node, 'ca.crt');
  await patchSecret(node, { metadata: { annotations: { [rotateAnnotation]: new Date().toISOString() } } });
  await changedFrom(node, 'ca.crt', before);
  await allServe(node, await secretValue(node, 'tls.crt'));
}

/** Puts a certificate into the Secret that ends within seconds; the leader renews it, and that end passes. */
export async function nearTheEnd(node: ClusterNode, leftMs: number): Promise<void> {
  const authority = { cert: await secretValue(node, 'ca.crt'), key: await secretValue(node, 'ca.key') };
  const names = serviceNames(seawallNamespace, 'seawall');
  const endMs = Date.now() + leftMs;
  const { cert, key } = await issueServing(names, authority, Date.now(), leftMs);
  await patchSecret(node, { data: { 'tls.crt': base64(cert), 'tls.key': base64(key) } });
  await allServe(node, await changedFrom(node, 'tls.crt', cert));
  await waitUntil('the end of that certificate', () => (Date.now() > endMs ? true : undefined));
}

async function changedFrom(node: ClusterNode, key: string, before: string): Promise<string> {
  return waitUntil(
    `another ${key} in the Secret`,
    async () => {
      const value = await secretValue(node, key);
      return value === '' || value === before ? undefined : value;
    },
    { timeoutMs: 150_000, intervalMs: 200 },
  );
}

async function secretValue({ controlPlane }: ClusterNode, key: string): Promise<string> {
  const { body } = await controlPlane.request('GET', secretPath);
  const { data = {} } = body as { readonly data?: Readonly<Record<string, string>> };
  return Buffer.from(data[key] ?? '', 'base64').toString();
}

async function patchSecret({ controlPlane }: ClusterNode, patch: object): Promise<void> {
  const options = { contentType: 'application/merge-patch+json' };
  const { status, body } = await controlPlane.request('PATCH', secretPath, patch, options);
  if (status !== 200) throw new Error(`the Secret cannot be changed: ${JSON.stringify(body)}`);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
