import type { KeyedCertificate } from './test-ca.ts';

/** Who a kubeconfig speaks as. */
export type Credentials =
  ({ readonly kind: 'certificate' } & KeyedCertificate) | { readonly kind: 'token'; readonly token: string };

/** The text of a kubeconfig with one cluster and one user; JSON, which is YAML too. */
export function kubeconfig(server: string, caCertificate: string, credentials: Credentials): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(caCertificate) } }],
    users: [{ name: 'user', user: userEntry(credentials) }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    'current-context': 'test',
  });
}

function userEntry(credentials: Credentials): object {
  switch (credentials.kind) {
    case 'certificate':
      return {
        'client-certificate-data': base64(credentials.certificate),
        'client-key-data': base64(credentials.key),
      };
    case 'token':
      return { token: credentials.token };
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
