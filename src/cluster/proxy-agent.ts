import type { RequestOptions } from 'node:https';
import { Agent } from 'node:https';
import type { Cluster } from '@kubernetes/client-node';
import type { TlsMaterial } from './credentials.ts';

/** Connections to a cluster through the proxy-url of its kubeconfig (http, https or socks), as the Kubernetes client makes them. */
export async function proxyAgent({ server, proxyUrl = '' }: Cluster, tls: TlsMaterial): Promise<Agent> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  // One of its own for each material: the client keeps its first agent, whatever certificate comes later.
  config.loadFromClusterAndUser(
    {
      name: 'proxied',
      server,
      proxyUrl,
      skipTLSVerify: tls.rejectUnauthorized === false,
      ...(tls.ca === undefined ? {} : { caData: base64(tls.ca) }),
      ...(tls.servername === undefined ? {} : { tlsServerName: tls.servername }),
    },
    {
      name: 'proxied',
      ...(tls.cert === undefined ? {} : { certData: base64(tls.cert) }),
      ...(tls.key === undefined ? {} : { keyData: base64(tls.key) }),
    },
  );
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  if (options.agent instanceof Agent) return options.agent;
  throw new Error(`no way through the proxy ${proxyUrl}`);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
