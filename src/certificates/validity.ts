import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

const dayMs = 24 * 60 * 60 * 1000;

/** How long before its end a certificate is made anew. */
export const renewBeforeMs = 30 * dayMs;

export interface CertificateCheck {
  /** PEM of the certificate, and of those between it and its authority. */
  readonly cert: string;
  /** PEM of its private key. */
  readonly key: string;
  /** PEM of the authority that it must chain to; any where it is not given. */
  readonly ca?: string;
  /** DNS names and IP addresses that it must be good for. */
  readonly names?: readonly string[];
}

/** Whether a certificate can be served at a point in time. */
export type Validity =
  { readonly valid: true; readonly expiresMs: number } | { readonly valid: false; readonly reason: string };

/**
 * Judges a certificate and its key by what they say and what time it is; nothing else is looked at.
 * @param nowMs - milliseconds since the epoch
 */
export function certificateValidity({ cert, key, ca, names = [] }: CertificateCheck, nowMs: number): Validity {
  const leaf = read(() => new X509Certificate(cert));
  if (leaf === undefined) return invalid('the certificate is not PEM of an X.509 certificate');
  const privateKey = read(() => createPrivateKey(key));
  if (privateKey === undefined) return invalid('the key is not PEM of a private key without passphrase');
  if (!leaf.checkPrivateKey(privateKey)) return invalid('the key is not that of the certificate');
  const expiresMs = leaf.validToDate.getTime();
  if (nowMs >= expiresMs) return invalid(`the certificate ended on ${leaf.validToDate.toISOString()}`);
  if (nowMs < leaf.validFromDate.getTime()) {
    return invalid(`the certificate begins on ${leaf.validFromDate.toISOString()}`);
  }
  const missing = names.find((name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) === undefined);
  if (missing !== undefined) return invalid(`the certificate is not good for ${missing}`);
  if (ca === undefined) return { valid: true, expiresMs };
  const authority = read(() => new X509Certificate(ca));
  if (authority === undefined) return invalid('the authority is not PEM of an X.509 certificate');
  if (!leaf.checkIssued(authority) || !leaf.verify(authority.publicKey)) {
    return invalid('the certificate is not of this authority');
  }
  return { valid: true, expiresMs };
}

function invalid(reason: string): Validity {
  return { valid: false, reason };
}

/** Undefined where the text cannot be read: OpenSSL's reasons name routines, not remedies. */
function read<T>(reader: () => T): T | undefined {
  try {
    return reader();
  } catch {
    return undefined;
  }
}
