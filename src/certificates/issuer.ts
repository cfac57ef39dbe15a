import type { KeyedAuthority, ServingLeaf, ServingNames } from './certificate-facts.ts';
import { readKeyedAuthority, readServingLeaf } from './certificate-facts.ts';
import type { RotationTimes } from './rotation-times.ts';

/** Makes what a rotation needs; times are milliseconds since the epoch by the clock of the API server. */
export interface Issuer {
  readonly authority: (nowMs: number) => Promise<KeyedAuthority>;
  readonly leaf: (authority: KeyedAuthority, nowMs: number) => Promise<ServingLeaf>;
}

/** An issuer of certificates that are good for `names`. */
export function createIssuer(names: ServingNames, times: RotationTimes): Issuer {
  return {
    authority: async (nowMs) => {
      // Here, because its import costs a tenth of a second and nearly every start has its certificates.
      const { issueAuthority } = await import('./issue.ts');
      // X.520 bounds a common name at 64; the time tells the authorities of a rotation apart.
      const service = (names.dnsNames[0] ?? '').slice(0, 36);
      const name = `${service} CA ${new Date(nowMs).toISOString()}`;
      const { cert, key } = await issueAuthority(name, nowMs, times.authorityLifetimeMs);
      return issued(readKeyedAuthority(cert, key));
    },
    leaf: async (authority, nowMs) => {
      const { issueServing } = await import('./issue.ts');
      const pair = await issueServing(names, authority, nowMs, times.leafLifetimeMs);
      return issued(readServingLeaf(pair, authority, names));
    },
  };
}

function issued<T>(reading: T | string): T {
  if (typeof reading === 'string') throw new Error(`a certificate that was just issued ${reading}: a bug of Seawall`);
  return reading;
}
