import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/*
 * Makes X.509 certificates. node-forge builds and signs them; keys come from Node, whose generator runs off the main
 * thread and in native code.
 */

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** How long an authority and a serving certificate last where it is not said. */
export const authorityLifetimeMs = 730 * dayMs;
export const servingLifetimeMs = 365 * dayMs;

/** Clocks differ: a certificate that begins now is not yet good where the clock is behind. */
const backdateMs = hourMs;

/** Long enough until 2030 by NIST SP 800-57 part 1; forge signs with RSA only. */
const modulusLength = 2048;

/** A certificate and its private key, as PEM. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface ServingRequest {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** Makes a certificate authority that may sign serving certificates and nothing below them. */
export async function issueAuthority(
  commonName: string,
  nowMs: number,
  lifetimeMs = authorityLifetimeMs,
): Promise<IssuedCertificate> {
  const keys = await newKeys();
  const cert = newCertificate(keys.publicKey, nowMs, nowMs + lifetimeMs);
  const subject = [{ name: 'commonName', value: commonName }];
  cert.setSubject(subject);
  cert.setIssuer(subject);
  cert.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return signed(cert, keys.privateKey, keys.privateKey);
}

/**
 * Makes a serving certificate of an authority; clients look at the alternative names only. It ends with its authority
 * at the latest: nobody would trust it after that.
 */
export async function issueServing(
  request: ServingRequest,
  authority: IssuedCertificate,
  nowMs: number,
  lifetimeMs = servingLifetimeMs,
): Promise<IssuedCertificate> {
  const keys = await newKeys();
  const issuer = forge.pki.certificateFromPem(authority.cert);
  const cert = newCertificate(keys.publicKey, nowMs, Math.min(nowMs + lifetimeMs, issuer.validity.notAfter.getTime()));
  // X.520 bounds a common name at 64.
  cert.setSubject([{ name: 'commonName', value: (request.dnsNames[0] ?? 'seawall').slice(0, 64) }]);
  cert.setIssuer(issuer.subject.attributes);
  cert.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    {
      name: 'subjectAltName',
      // Types of RFC 5280, 4.2.1.6: 2 is a DNS name, 7 an IP address.
      altNames: [
        ...request.dnsNames.map((value) => ({ type: 2, value })),
        ...request.ipAddresses.map((ip) => ({ type: 7, ip })),
      ],
    },
  ]);
  return signed(cert, keys.privateKey, forge.pki.privateKeyFromPem(authority.key));
}

interface Keys {
  readonly publicKey: forge.pki.rsa.PublicKey;
  readonly privateKey: forge.pki.rsa.PrivateKey;
}

async function newKeys(): Promise<Keys> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey: forge.pki.publicKeyFromPem(publicKey), privateKey: forge.pki.privateKeyFromPem(privateKey) };
}

function newCertificate(publicKey: forge.pki.rsa.PublicKey, nowMs: number, endMs: number): forge.pki.Certificate {
  const cert = forge.pki.createCertificate();
  cert.publicKey = publicKey;
  cert.serialNumber = newSerial();
  cert.validity.notBefore = new Date(nowMs - backdateMs);
  cert.validity.notAfter = new Date(endMs);
  return cert;
}

/** 127 random bits as hex: positive and not zero, as RFC 5280 (4.1.2.2) asks; CA/Browser Forum asks for 64 and more. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function signed(
  cert: forge.pki.Certificate,
  key: forge.pki.rsa.PrivateKey,
  signingKey: forge.pki.rsa.PrivateKey,
): IssuedCertificate {
  // forge signs with SHA-1 where it is not told otherwise.
  cert.sign(signingKey, forge.md.sha256.create());
  return {
    cert: forge.pki.certificateToPem(cert),
    key: forge.pki.privateKeyInfoToPem(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key))),
  };
}
