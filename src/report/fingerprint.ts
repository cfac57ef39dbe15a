import { createHash } from 'node:crypto';
import type { Finding, ObjectReference } from '../policy/finding.ts';

/**
 * The fingerprint of a finding: 128 bits of SHA-256 over owner, container, rule and what was found.
 *
 * Neither paths nor line numbers nor versions are in it: a pod and the template it was made from give the same, and so does
 * the same file after an edit above.
 */
export function fingerprintOf(finding: Finding, owner: ObjectReference): string {
  const known = fingerprints.get(finding);
  if (known?.owner === owner) return known.fingerprint;
  const fingerprint = hashOf(finding, owner);
  fingerprints.set(finding, { owner, fingerprint });
  return fingerprint;
}

/** A live audit tells the same finding again each second. */
const fingerprints = new WeakMap<Finding, { readonly owner: ObjectReference; readonly fingerprint: string }>();

function hashOf(finding: Finding, owner: ObjectReference): string {
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : '';
  const identity = [
    [group, owner.kind, owner.namespace, owner.name],
    finding.container ?? '',
    finding.rule,
    finding.subject ?? finding.message,
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

/**
 * Numbers what is found more than once alike: the first keeps its fingerprint, the next get `-2`, `-3`. The set of them does
 * not depend on the order. An audit numbers the findings of each pod on its own, and then merges pods by fingerprint.
 */
export class Repeats {
  readonly #seen = new Map<string, number>();

  number<Fingerprinted extends { readonly fingerprint: string }>(finding: Fingerprinted): Fingerprinted {
    const count = (this.#seen.get(finding.fingerprint) ?? 0) + 1;
    this.#seen.set(finding.fingerprint, count);
    return count === 1 ? finding : { ...finding, fingerprint: `${finding.fingerprint}-${count}` };
  }
}
