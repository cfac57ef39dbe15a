import { generateKeyPairSync, randomBytes } from 'node:crypto';
import forge from 'node-forge';

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** For a client: the Kubernetes user. */
  readonly commonName: string;
  /** For a client: the Kubernetes groups. */
  readonly organizations?: readonly string[];
  /** For a server: DNS names and IP addresses. */
  readonly names?: readonly string[];
  /** @default a day ago */
  readonly notBefore?: Date;
  /** @default in a year */
  readonly notAfter?: Date;
}

/** A certificate authority that lives as long as its cluster. */
export interface TestCa extends KeyedCertificate {
  issue(request: CertificateRequest): KeyedCertificate;
}

const dayMs = 86_400_000;

/**
 * Makes a new authority. All its certificates share one key: nothing in a test cluster is secret, and the keys are what
 * takes time.
 */
export function createTestCa(commonName = 'seawall test cluster'): TestCa {
  const own = newKey();
  const shared = newKey();
  const subject = [{ name: 'commonName', value: commonName }];
  const signingKey = forge.pki.privateKeyFromPem(own.key);
  const certificate = sign({ subject, issuer: subject, publicKey: own.publicKey, extensions: authorityExtensions });

  function sign(wanted: Signed): string {
    const made = forge.pki.createCertificate();
    // Positive: the first byte of an ASN.1 integer is its sign.
    made.serialNumber = `01${randomBytes(15).toString('hex')}`;
    made.validity.notBefore = wanted.notBefore ?? new Date(Date.now() - dayMs);
    made.validity.notAfter = wanted.notAfter ?? new Date(Date.now() + 365 * dayMs);
    made.publicKey = forge.pki.publicKeyFromPem(wanted.publicKey);
    made.setSubject([...wanted.subject]);
    made.setIssuer([...wanted.issuer]);
    made.setExtensions([...wanted.extensions]);
    made.sign(signingKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(made);
  }

  return {
    certificate,
    key: own.key,
    issue({ commonName: name, organizations = [], names = [], notBefore, notAfter }) {
      const issued = sign({
        subject: [
          ...organizations.map((value) => ({ name: 'organizationName', value })),
          { name: 'commonName', value: name },
        ],
        issuer: subject,
        publicKey: shared.publicKey,
        extensions: leafExtensions(names),
        notBefore,
        notAfter,
      });
      return { certificate: issued, key: shared.key };
    },
  };
}

interface Signed {
  readonly subject: readonly forge.pki.CertificateField[];
  readonly issuer: readonly forge.pki.CertificateField[];
  readonly publicKey: string;
  readonly extensions: readonly object[];
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

const authorityExtensions = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
];

function leafExtensions(names: readonly string[]): object[] {
  // RFC 5280, 4.2.1.6: 2 is a DNS name, 7 an IP address.
  const altNames = names.map((name) => (/^[\d.]+$/.test(name) ? { type: 7, ip: name } : { type: 2, value: name }));
  return [
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
  ];
}

/** Made by Node: the JavaScript of node-forge takes seconds for the same. */
function newKey(): { readonly key: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { key: privateKey, publicKey };
}
