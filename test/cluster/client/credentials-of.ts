import type { Credentials, Headers } from '../../../src/cluster/credentials.ts';
import type { ControlPlane } from '../harness/control-plane.ts';

/** The administrator of a test cluster, known by certificate; it takes a second to sign one. */
export function administrator({ ca, url }: ControlPlane): Credentials {
  const { certificate: cert, key } = ca.issue({ commonName: 'admin', organizations: ['system:masters'] });
  return { server: url, present: () => Promise.resolve({ tls: { ca: ca.certificate, cert, key }, headers: {} }) };
}

/** Whoever holds a bearer token. */
export function bearer({ ca, url }: ControlPlane, token: string): Credentials {
  const headers = { authorization: `Bearer ${token}` };
  return { server: url, present: () => Promise.resolve({ tls: { ca: ca.certificate }, headers }) };
}

/** The same credentials with more headers. */
export function withHeaders(credentials: Credentials, headers: Headers): Credentials {
  return {
    ...credentials,
    present: async () => {
      const presented = await credentials.present();
      return { ...presented, headers: { ...presented.headers, ...headers } };
    },
  };
}
