import type { AuthorityCertificate, KeyedAuthority, ServingLeaf, ServingNames } from './certificate-facts.ts';
import { readKeyedAuthority, readServingLeaf } from './certificate-facts.ts';
import type { Authority, Step } from './rotation.ts';
import { maxOldAuthorities } from './rotation-times.ts';
import type { RotationTimes } from './rotation-times.ts';
import type { KeptAuthority, SecretContents } from './secret-contents.ts';

/** A step that changes the Secret. */
export type WritingStep = Exclude<Step, { readonly kind: 'wait' | 'nothing' }>;

export interface RotationWork {
  /** What the Secret holds now; undefined where it is not there, or cannot be read. */
  readonly contents: SecretContents | undefined;
  /** What it held when it could last be read. */
  readonly remembered: SecretContents | undefined;
  /** Certificates of the authorities that a step may name. */
  readonly known: readonly AuthorityCertificate[];
  readonly names: ServingNames;
  /** Milliseconds since the epoch by the clock of the API server. */
  readonly nowMs: number;
}

/**
 * What the Secret is to hold after a step; issues what is missing.
 * @throws where the step does not fit what is there
 */
export async function contentsAfter(
  step: WritingStep,
  work: RotationWork,
  times: RotationTimes,
): Promise<SecretContents> {
  if (step.kind === 'put-back') return present(work.remembered, step);
  if (step.kind === 'create') return created(step.keep, work, times);
  const contents = present(work.contents, step);
  switch (step.kind) {
    case 'keep-served':
      return { ...contents, old: [...newest(contents.old, maxKept - 1), ...kept([step.authority], work, times)] };
    case 'issue-leaf':
      return { ...contents, leaf: await newLeaf(contents.authority, work, times) };
    case 'publish-next':
      return { ...contents, next: await newAuthority(work, times) };
    case 'switch-to-next': {
      const authority = present(contents.next, step);
      const old = [...newest(contents.old, maxKept - 1), ...kept([contents.authority], work, times)];
      const leaf = await newLeaf(authority, work, times);
      return { authority, leaf, next: undefined, old, rotateRequested: false };
    }
    case 'retire-old':
      return { ...contents, old: contents.old.filter(({ fingerprint }) => !step.fingerprints.includes(fingerprint)) };
  }
}

/** The bound of what may pile up where leaders that serve from different authorities follow each other. */
const maxKept = 2 * maxOldAuthorities;

function newest(old: readonly KeptAuthority[], count: number): KeptAuthority[] {
  return old.toSorted((one, other) => other.leavesMs - one.leavesMs).slice(0, count);
}

async function created(keep: readonly Authority[], work: RotationWork, times: RotationTimes): Promise<SecretContents> {
  const authority = await newAuthority(work, times);
  const leaf = await newLeaf(authority, work, times);
  return { authority, leaf, next: undefined, old: kept(keep, work, times), rotateRequested: false };
}

/** An authority that has ended is trusted by nobody, and is not kept. */
function kept(authorities: readonly Authority[], work: RotationWork, times: RotationTimes): KeptAuthority[] {
  const { contents, known, nowMs } = work;
  const all = [...known, ...(contents === undefined ? [] : [contents.authority, ...contents.old])];
  return authorities.flatMap(({ fingerprint, notAfterMs }) => {
    const found = all.find((each) => each.fingerprint === fingerprint);
    if (found === undefined || nowMs >= notAfterMs) return [];
    const { notBeforeMs, cert } = found;
    return [{ fingerprint, notBeforeMs, notAfterMs, cert, leavesMs: nowMs + times.oldAuthorityStaysMs }];
  });
}

async function newAuthority({ names, nowMs }: RotationWork, times: RotationTimes): Promise<KeyedAuthority> {
  // Here, because its import costs a tenth of a second and nearly every start has its certificates.
  const { issueAuthority } = await import('./issue.ts');
  // X.520 bounds a common name at 64; the time tells the authorities of a rotation apart.
  const service = (names.dnsNames[0] ?? '').slice(0, 36);
  const name = `${service} CA ${new Date(nowMs).toISOString()}`;
  const { cert, key } = await issueAuthority(name, nowMs, times.authorityLifetimeMs);
  return issued(readKeyedAuthority(cert, key));
}

async function newLeaf(authority: KeyedAuthority, work: RotationWork, times: RotationTimes): Promise<ServingLeaf> {
  const { issueServing } = await import('./issue.ts');
  const pair = await issueServing(work.names, authority, work.nowMs, times.leafLifetimeMs);
  return issued(readServingLeaf(pair, authority, work.names));
}

function issued<T>(reading: T | string): T {
  if (typeof reading === 'string') throw new Error(`a certificate that was just issued ${reading}: a bug of Seawall`);
  return reading;
}

function present<T>(part: T | undefined, { kind }: Step): T {
  if (part === undefined) throw new Error(`the Secret does not hold what the step ${kind} needs: a bug of Seawall`);
  return part;
}
