import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Authority, Leaf } from './rotation.ts';

/** An authority with its certificate as PEM. */
export interface AuthorityCertificate extends Authority {
  readonly cert: string;
}

/** An authority that can sign. */
export interface KeyedAuthority extends AuthorityCertificate {
  readonly key: string;
}

/** A serving certificate with its key. */
export interface ServingLeaf extends Leaf {
  readonly cert: string;
  readonly key: string;
}

/** Most text that is looked at for certificates, in characters; one takes about 1,200. */
const maxCharacters = 64 * 1024;

/** Most certificates of one text that are looked at. */
const maxCertificates = 32;

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,8192}-----END CERTIFICATE-----/g;

/**
 * The authorities in a text of PEM, each once. What is no certificate of an authority is passed over, as the API server
 * does. Source: crypto/x509 CertPool.AppendCertsFromPEM.
 */
export function readAuthorities(pem: string): AuthorityCertificate[] {
  const found = new Map<string, AuthorityCertificate>();
  for (const [text] of pem.slice(0, maxCharacters).matchAll(block)) {
    if (found.size >= maxCertificates) break;
    const certificate = readCertificate(text);
    if (certificate?.ca === true) found.set(certificate.fingerprint256, authorityOf(certificate));
  }
  return [...found.values()];
}

/** Undefined where the text is not one certificate. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem.slice(0, maxCharacters));
  } catch {
    // OpenSSL's reasons name routines, not remedies.
    return undefined;
  }
}

/** An authority and its key, or why they are none. */
export function readKeyedAuthority(cert: string, key: string): KeyedAuthority | string {
  const certificate = readCertificate(cert);
  if (certificate === undefined) return 'is not PEM of an X.509 certificate';
  if (!certificate.ca) return 'is not the certificate of an authority';
  if (!isKeyOf(certificate, key)) return 'does not belong to its key';
  return { ...authorityOf(certificate), key };
}

/**
 * A serving certificate, or why it cannot be served; time is not looked at.
 * @param names - DNS names and IP addresses that it must be good for
 */
export function readServingLeaf(
  pair: { readonly cert: string; readonly key: string },
  authority: AuthorityCertificate,
  names: ServingNames,
): ServingLeaf | string {
  const certificate = readCertificate(pair.cert);
  if (certificate === undefined) return 'is not PEM of an X.509 certificate';
  if (!isKeyOf(certificate, pair.key)) return 'does not belong to its key';
  const issuer = new X509Certificate(authority.cert);
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return 'is not of the authority';
  const missing =
    names.dnsNames.find((name) => certificate.checkHost(name) === undefined) ??
    names.ipAddresses.find((address) => certificate.checkIP(address) === undefined);
  if (missing !== undefined) return `is not good for ${missing}`;
  return { ...lifeOf(certificate), issuer: authority.fingerprint, ...pair };
}

/** What a serving certificate is good for. */
export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function authorityOf(certificate: X509Certificate): AuthorityCertificate {
  return { ...lifeOf(certificate), cert: certificate.toString() };
}

function lifeOf({ fingerprint256, validFromDate, validToDate }: X509Certificate): Authority {
  return { fingerprint: fingerprint256, notBeforeMs: validFromDate.getTime(), notAfterMs: validToDate.getTime() };
}
