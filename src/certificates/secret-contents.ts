/*
 * What the Secret holds, and how: PEM under the names that other tools know (tls.crt, tls.key, ca.crt), so that people
 * can look at it with what they have.
 */
import type { JsonObject } from '../cluster/api.ts';
import { asObject, valueAt } from '../policy/json.ts';
import type { AuthorityCertificate, KeyedAuthority, ServingLeaf, ServingNames } from './certificate-facts.ts';
import { readAuthorities, readKeyedAuthority, readServingLeaf } from './certificate-facts.ts';
import type { OldAuthority, Trust } from './rotation.ts';

/** An authority that signs no more, with its certificate. */
export interface KeptAuthority extends AuthorityCertificate, OldAuthority {}

/** The certificates and keys of one Seawall. */
export interface SecretContents extends Trust {
  readonly authority: KeyedAuthority;
  readonly leaf: ServingLeaf | undefined;
  readonly next: KeyedAuthority | undefined;
  readonly old: readonly KeptAuthority[];
}

/** Asks the leader for a new authority; its value is when that was. */
export const rotateAnnotation = 'seawall.dev/rotate-requested';

/** Says when and why contents that could not be read were replaced. */
export const replacedAnnotation = 'seawall.dev/contents-replaced';

const authorityKeys = ['ca.crt', 'ca.key'] as const;
const leafKeys = ['tls.crt', 'tls.key'] as const;
const nextKeys = ['next-ca.crt', 'next-ca.key'] as const;
const oldKey = 'old-ca.crt';
/** A line for each old authority: its fingerprint, a blank, and when it leaves. */
const oldLeavesKey = 'old-ca.leaves';

/** Longest value that is read, in characters of base64. */
const maxValueCharacters = 128 * 1024;

/** What was found in a Secret. `problems` are of parts that Seawall does without. */
export type SecretReading =
  | { readonly kind: 'read'; readonly contents: SecretContents; readonly problems: readonly string[] }
  | { readonly kind: 'broken'; readonly problem: string };

/** Reads the contents of a Secret object, whoever wrote them. */
export function readSecret(secret: JsonObject, names: ServingNames): SecretReading {
  const value = dataReader(secret);
  const authority = readKeyedAuthority(...pair(value, authorityKeys));
  if (typeof authority === 'string') return { kind: 'broken', problem: `${authorityKeys[0]} ${authority}` };
  const problems: string[] = [];
  const accepted = <T>(part: T | string, name: string): T | undefined => {
    if (typeof part !== 'string') return part;
    problems.push(`${name} ${part}`);
    return undefined;
  };
  const [cert, key] = pair(value, leafKeys);
  const leaf = accepted(readServingLeaf({ cert, key }, authority, names), leafKeys[0]);
  const [nextCert, nextKey] = pair(value, nextKeys);
  const next = nextCert === '' ? undefined : accepted(readKeyedAuthority(nextCert, nextKey), nextKeys[0]);
  const old = readOld(value(oldKey), value(oldLeavesKey)).filter((each) => each.fingerprint !== authority.fingerprint);
  const rotateRequested = Object.hasOwn(annotationsOf(secret), rotateAnnotation);
  return { kind: 'read', contents: { authority, leaf, next, old, rotateRequested }, problems };
}

function readOld(pem: string, leaves: string): KeptAuthority[] {
  const times = new Map(leaves.split('\n', 64).map((line) => [line.slice(0, line.indexOf(' ')), line]));
  return readAuthorities(pem).map((authority) => {
    const line = times.get(authority.fingerprint) ?? '';
    const leavesMs = Date.parse(line.slice(line.indexOf(' ') + 1));
    // Trusted too long is harmless, and too short is not.
    return { ...authority, leavesMs: Number.isNaN(leavesMs) ? authority.notAfterMs : leavesMs };
  });
}

/** The `data` of a Secret that holds the contents; what is undefined there is to be taken out. */
export function secretData({
  authority,
  leaf,
  next,
  old,
}: SecretContents): Readonly<Record<string, string | undefined>> {
  const texts: [string, string | undefined][] = [
    [authorityKeys[0], authority.cert],
    [authorityKeys[1], authority.key],
    [leafKeys[0], leaf?.cert],
    [leafKeys[1], leaf?.key],
    [nextKeys[0], next?.cert],
    [nextKeys[1], next?.key],
    [oldKey, old.length === 0 ? undefined : old.map(({ cert }) => cert).join('')],
    [oldLeavesKey, old.length === 0 ? undefined : old.map(leavesLine).join('\n')],
  ];
  return Object.fromEntries(texts.map(([key, text]) => [key, text === undefined ? undefined : base64(text)]));
}

function leavesLine({ fingerprint, leavesMs }: KeptAuthority): string {
  return `${fingerprint} ${new Date(leavesMs).toISOString()}`;
}

/** All that every caBundle is to trust. */
export function authoritiesToTrust({ authority, next, old }: SecretContents): readonly AuthorityCertificate[] {
  return [authority, ...(next === undefined ? [] : [next]), ...old];
}

/** The annotations of an object; none where they are not what they should be. */
export function annotationsOf(object: JsonObject): Readonly<Record<string, unknown>> {
  return asObject(valueAt(object, ['metadata', 'annotations']));
}

function dataReader(secret: JsonObject): (key: string) => string {
  const data = asObject(valueAt(secret, ['data']));
  return (key) => {
    const value = Object.hasOwn(data, key) ? data[key] : undefined;
    if (typeof value !== 'string' || value.length > maxValueCharacters) return '';
    return Buffer.from(value, 'base64').toString();
  };
}

function pair(value: (key: string) => string, [cert, key]: readonly [string, string]): [string, string] {
  return [value(cert), value(key)];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
