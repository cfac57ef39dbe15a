/*
 * The kinds of cert-manager that our overlay uses, with the fields that it uses: kubectl refuses any other.
 * Source: cert-manager/cert-manager pkg/apis/certmanager/v1/types_certificate.go and types_issuer.go.
 */

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const object = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required });
const issuerRef = object({ name: text, kind: text, group: text }, ['name']);

const certificateSpec = object(
  {
    isCA: { type: 'boolean' },
    commonName: text,
    secretName: text,
    dnsNames: texts,
    duration: text,
    renewBefore: text,
    issuerRef,
    usages: {
      type: 'array',
      items: { type: 'string', enum: ['server auth', 'digital signature', 'key encipherment', 'cert sign'] },
    },
    privateKey: object({
      algorithm: { type: 'string', enum: ['RSA', 'ECDSA', 'Ed25519'] },
      size: { type: 'integer' },
      rotationPolicy: { type: 'string', enum: ['Never', 'Always'] },
    }),
  },
  ['secretName', 'issuerRef'],
);

const issuerSpec = object({ selfSigned: object({}), ca: object({ secretName: text }, ['secretName']) });

/** CustomResourceDefinitions of Certificate and Issuer. */
export const certManagerKinds: readonly object[] = [
  definition('Certificate', 'certificates', certificateSpec),
  definition('Issuer', 'issuers', issuerSpec),
];

function definition(kind: string, plural: string, spec: object): object {
  const group = 'cert-manager.io';
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({ spec }, ['spec']) } }],
    },
  };
}
