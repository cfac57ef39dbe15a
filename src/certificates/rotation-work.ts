import type { AuthorityCertificate } from './certificate-facts.ts';
import type { Issuer } from './issuer.ts';
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
  readonly issuer: Issuer;
  readonly times: RotationTimes;
  /** Milliseconds since the epoch by the clock of the API server. */
  readonly nowMs: number;
}

/**
 * What the Secret is to hold after a step; issues what is missing.
 * @throws where the step does not fit what is there
 */
export async function contentsAfter(step: WritingStep, work: RotationWork): Promise<SecretContents> {
  const { issuer, nowMs } = work;
  if (step.kind === 'create') {
    const authority = await issuer.authority(nowMs);
    const leaf = await issuer.leaf(authority, nowMs);
    return { authority, leaf, next: undefined, old: kept(step.keep, [], work), rotateRequested: false };
  }
  const contents = present(step.kind === 'put-back' ? work.remembered : work.contents, step);
  switch (step.kind) {
    case 'put-back':
      return { ...contents, old: kept(step.keep, contents.old, work) };
    case 'keep-served':
      return { ...contents, old: kept([step.authority], contents.old, work) };
    case 'issue-leaf':
      return { ...contents, leaf: await issuer.leaf(contents.authority, nowMs) };
    case 'publish-next':
      return { ...contents, next: await issuer.authority(nowMs) };
    case 'switch-to-next': {
      const authority = present(contents.next, step);
      const leaf = await issuer.leaf(authority, nowMs);
      const old = kept([contents.authority], contents.old, work);
      return { authority, leaf, next: undefined, old, rotateRequested: false };
    }
    case 'retire-old':
      return { ...contents, old: contents.old.filter(({ fingerprint }) => !step.fingerprints.includes(fingerprint)) };
  }
}

/** The bound of what may pile up where leaders that serve from different authorities follow each other. */
const maxKept = 2 * maxOldAuthorities;

/** Old authorities with more of them; one that has ended is trusted by nobody, and is left out. */
function kept(more: readonly Authority[], old: readonly KeptAuthority[], work: RotationWork): KeptAuthority[] {
  const { contents, known, times, nowMs } = work;
  const all = [...known, ...(contents === undefined ? [] : [contents.authority, ...contents.old])];
  const added = more.flatMap(({ fingerprint, notAfterMs }) => {
    const found = all.find((each) => each.fingerprint === fingerprint);
    if (found === undefined || nowMs >= notAfterMs) return [];
    const { notBeforeMs, cert } = found;
    return [{ fingerprint, notBeforeMs, notAfterMs, cert, leavesMs: nowMs + times.oldAuthorityStaysMs }];
  });
  const others = old.filter((each) => added.every(({ fingerprint }) => fingerprint !== each.fingerprint));
  const room = Math.max(0, maxKept - added.length);
  return [...others.toSorted((one, other) => other.leavesMs - one.leavesMs).slice(0, room), ...added];
}

function present<T>(part: T | undefined, { kind }: Step): T {
  if (part === undefined) throw new Error(`the Secret does not hold what the step ${kind} needs: a bug of Seawall`);
  return part;
}
