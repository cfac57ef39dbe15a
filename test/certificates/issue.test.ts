import { X509Certificate } from 'node:crypto';
import type { IssuedCertificate } from '../../src/certificates/issue.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { certificateValidity } from '../../src/certificates/validity.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 24);
const request = { dnsNames: ['seawall.seawall.svc', 'localhost'], ipAddresses: ['127.0.0.1', '::1'] };

let authority: IssuedCertificate;
let other: IssuedCertificate;
let serving: IssuedCertificate;

beforeAll(async () => {
  [authority, other] = await Promise.all([issueAuthority('A', nowMs), issueAuthority('A', nowMs)]);
  serving = await issueServing(request, authority, nowMs);
});

test('a serving certificate says what its clients look for', () => {
  const leaf = new X509Certificate(serving.cert);
  expect(leaf.subjectAltName).toBe(
    'DNS:seawall.seawall.svc, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  expect(leaf.ca).toBe(false);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(leaf.validFromDate.getTime()).toBe(nowMs - 3_600_000);
  expect(leaf.validToDate.getTime()).toBe(nowMs + 365 * dayMs);
  expect(leaf.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
});

test('an authority may sign, and its certificates are verified by it alone', () => {
  const ca = new X509Certificate(authority.cert);
  expect(ca.ca).toBe(true);
  const leaf = new X509Certificate(serving.cert);
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(leaf.verify(new X509Certificate(other.cert).publicKey)).toBe(false);
});

test('every certificate is signed with SHA-256 and has a positive serial of 127 random bits', () => {
  const certs = [authority, other, serving].map(({ cert }) => new X509Certificate(cert));
  for (const cert of certs) {
    // The object identifier of sha256WithRSAEncryption, 1.2.840.113549.1.1.11, in DER.
    expect(cert.raw.includes(Buffer.from('06092a864886f70d01010b', 'hex'))).toBe(true);
    expect(cert.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  }
  expect(new Set(certs.map(({ serialNumber }) => serialNumber)).size).toBe(3);
});

describe('validity', () => {
  const check = (): { cert: string; key: string; ca: string } => ({ ...serving, ca: authority.cert });
  const names = ['localhost', '127.0.0.1', '::1'];

  test('holds from an hour back to the end', () => {
    const expiresMs = nowMs + 365 * dayMs;
    expect(certificateValidity({ ...check(), names }, nowMs)).toEqual({ valid: true, expiresMs });
    expect(certificateValidity(check(), nowMs - 3_600_000).valid).toBe(true);
    expect(certificateValidity(serving, expiresMs - 1).valid).toBe(true);
  });

  test.each<[string, () => Parameters<typeof certificateValidity>[0], number]>([
    ['the certificate ended on 2027-11-24T00:00:00.000Z', check, nowMs + 365 * dayMs],
    ['the certificate begins on 2026-11-23T23:00:00.000Z', check, nowMs - 3_600_001],
    ['the certificate is not good for example.com', () => ({ ...check(), names: ['localhost', 'example.com'] }), nowMs],
    ['the certificate is not good for 10.0.0.1', () => ({ ...check(), names: ['10.0.0.1'] }), nowMs],
    ['the certificate is not of this authority', () => ({ ...check(), ca: other.cert }), nowMs],
    ['the key is not that of the certificate', () => ({ ...check(), key: authority.key }), nowMs],
    [
      'the certificate is not PEM of an X.509 certificate',
      () => ({ ...check(), cert: serving.cert.slice(0, 400) }),
      nowMs,
    ],
    ['the certificate is not PEM of an X.509 certificate', () => ({ ...check(), cert: '' }), nowMs],
    [
      'the key is not PEM of a private key without passphrase',
      () => ({ ...check(), key: serving.key.slice(9) }),
      nowMs,
    ],
    ['the authority is not PEM of an X.509 certificate', () => ({ ...check(), ca: '' }), nowMs],
  ])('%s', (reason, given, atMs) => {
    expect(certificateValidity(given(), atMs)).toEqual({ valid: false, reason });
  });
});
