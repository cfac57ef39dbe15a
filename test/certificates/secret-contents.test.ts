import type { JsonObject } from '../../src/cluster/api.ts';
import type { AuthorityCertificate, KeyedAuthority } from '../../src/certificates/certificate-facts.ts';
import { createIssuer } from '../../src/certificates/issuer.ts';
import { rotationTimes } from '../../src/certificates/rotation-times.ts';
import type { SecretContents } from '../../src/certificates/secret-contents.ts';
import { readSecret, rotateAnnotation, secretData } from '../../src/certificates/secret-contents.ts';

const nowMs = Date.UTC(2026, 10, 24);
const names = { dnsNames: ['seawall.seawall.svc'], ipAddresses: [] };
let contents: SecretContents;

beforeAll(async () => {
  const issuer = createIssuer(names, rotationTimes);
  const [authority, next, old] = await Promise.all([1, 2, 3].map(() => issuer.authority(nowMs)));
  if (authority === undefined || next === undefined || old === undefined) throw new Error('three were asked for');
  contents = {
    authority,
    leaf: await issuer.leaf(authority, nowMs),
    next,
    old: [{ ...withoutKey(old), leavesMs: nowMs + 3_600_000 }],
    rotateRequested: false,
  };
});

function withoutKey({ fingerprint, notBeforeMs, notAfterMs, cert }: KeyedAuthority): AuthorityCertificate {
  return { fingerprint, notBeforeMs, notAfterMs, cert };
}

const secretOf = (changes: Readonly<Record<string, string | undefined>> = {}, annotations = {}): JsonObject => ({
  metadata: { annotations },
  data: {
    ...secretData(contents),
    ...Object.fromEntries(
      Object.entries(changes).map(([key, text]) => [
        key,
        text === undefined ? undefined : Buffer.from(text).toString('base64'),
      ]),
    ),
  },
});

test('what is written is read', () => {
  expect(readSecret(secretOf(), names)).toEqual({ kind: 'read', contents, problems: [] });
});

test('an authority lasts a year and a certificate 90 days, from an hour back', () => {
  const life = (each: { notBeforeMs: number; notAfterMs: number } | undefined) => [
    each === undefined ? undefined : each.notBeforeMs - nowMs,
    each === undefined ? undefined : each.notAfterMs - nowMs,
  ];
  expect(life(contents.authority)).toEqual([-3_600_000, 365 * 86_400_000]);
  expect(life(contents.leaf)).toEqual([-3_600_000, 90 * 86_400_000]);
});

test('a rotation is asked for by an annotation', () => {
  const reading = readSecret(secretOf({}, { [rotateAnnotation]: '' }), names);
  expect(reading).toMatchObject({ kind: 'read', contents: { rotateRequested: true } });
});

test.each<[string, () => JsonObject, string]>([
  ['nothing', () => ({}), 'ca.crt is not PEM of an X.509 certificate'],
  ['data that is a list', () => ({ data: [] }), 'ca.crt is not PEM of an X.509 certificate'],
  ['a value that is no text', () => ({ data: { 'ca.crt': 7 } }), 'ca.crt is not PEM of an X.509 certificate'],
  ['a huge value', () => secretOf({ 'ca.crt': 'x'.repeat(1_000_000) }), 'ca.crt is not PEM of an X.509 certificate'],
  [
    'the certificate of no authority',
    () => secretOf({ 'ca.crt': contents.leaf?.cert }),
    'ca.crt is not the certificate of an authority',
  ],
  ['another key', () => secretOf({ 'ca.key': contents.next?.key }), 'ca.crt does not belong to its key'],
])('%s is broken', (_name, secret, problem) => {
  expect(readSecret(secret(), names)).toEqual({ kind: 'broken', problem });
});

test.each<[string, () => JsonObject, Partial<SecretContents>, string]>([
  ['without its key', () => secretOf({ 'tls.key': '' }), { leaf: undefined }, 'tls.crt does not belong to its key'],
  [
    'of another authority',
    () => secretOf({ 'ca.crt': contents.next?.cert, 'ca.key': contents.next?.key }),
    { leaf: undefined },
    'tls.crt is not of the authority',
  ],
  [
    'half of the next authority',
    () => secretOf({ 'next-ca.key': 'x' }),
    { next: undefined },
    'next-ca.crt does not belong to its key',
  ],
])('Seawall does without a part: %s', (_name, secret, part, problem) => {
  expect(readSecret(secret(), names)).toMatchObject({ kind: 'read', contents: part, problems: [problem] });
});

test('a certificate for another name is none', () => {
  const other = { dnsNames: ['other.seawall.svc'], ipAddresses: [] };
  expect(readSecret(secretOf(), other)).toMatchObject({ problems: ['tls.crt is not good for other.seawall.svc'] });
});

test('an old authority whose time nobody knows stays until its end', () => {
  const reading = readSecret(secretOf({ 'old-ca.leaves': 'A whenever' }), names);
  const [old] = contents.old;
  expect(reading).toMatchObject({ contents: { old: [{ fingerprint: old?.fingerprint, leavesMs: old?.notAfterMs }] } });
});
