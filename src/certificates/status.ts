import { configurationTitle, isInStep } from './ca-bundle.ts';
import type { Configuration, ConfigurationRef } from './ca-bundle.ts';
import { readCertificate } from './certificate-facts.ts';
import type { Step, WaitReason } from './rotation.ts';
import type { SecretContents } from './secret-contents.ts';
import { authoritiesToTrust } from './secret-contents.ts';
import type { Snapshot } from './snapshot.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** From where on an authority that nobody replaced is told: its renewal is a month late then. */
const lateMs = 30 * dayMs;

export interface CertificateStatus {
  readonly role: 'authority' | 'serving' | 'next authority' | 'old authority';
  readonly subject: string;
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly daysLeft: number;
  /** When an old authority leaves the caBundles. */
  readonly leaves?: string;
}

export interface ConfigurationStatus extends ConfigurationRef {
  readonly state: 'in-step' | 'out-of-step' | 'absent';
  readonly reason: string;
}

/** The certificates of one Seawall, for a person. */
export interface CertificatesStatus {
  readonly secret: 'read' | 'broken' | 'absent';
  readonly leader: { readonly identity: string; readonly renewed: string; readonly alive: boolean } | undefined;
  readonly certificates: readonly CertificateStatus[];
  readonly configurations: readonly ConfigurationStatus[];
  readonly next: { readonly step: Step['kind']; readonly text: string };
  /** What needs a person; none where all is in step. */
  readonly problems: readonly string[];
}

export function certificatesStatus(snapshot: Snapshot): CertificatesStatus {
  const { secret, leader, step, nowMs } = snapshot;
  const contents = secret?.reading.kind === 'read' ? secret.reading.contents : undefined;
  const configurations = snapshot.configurations.map(({ ref, found }) => ({
    ...ref,
    ...(found === undefined ? absent : compare(found, contents)),
  }));
  return {
    secret: secret?.reading.kind ?? 'absent',
    leader: leader && { identity: leader.identity, renewed: leader.renewTime, alive: leader.isAlive },
    certificates: contents === undefined ? [] : certificatesOf(contents, nowMs),
    configurations,
    next: { step: step.kind, text: stepText(step) },
    problems: problemsOf(snapshot, contents, configurations),
  };
}

const absent = { state: 'absent', reason: 'does not exist' } as const;

function compare(
  found: Configuration,
  contents: SecretContents | undefined,
): Pick<ConfigurationStatus, 'state' | 'reason'> {
  if (found.isBeingDeleted) return { state: 'absent', reason: 'is being deleted' };
  if (found.webhooks.length === 0) return { state: 'in-step', reason: 'has no webhook that leads to this Service' };
  if (contents === undefined) return { state: 'out-of-step', reason: 'there is no authority that it could trust' };
  const wanted = authoritiesToTrust(contents);
  if (isInStep(found, wanted)) return { state: 'in-step', reason: 'trusts what it should' };
  const missing = wanted.filter(({ fingerprint }) =>
    found.webhooks.some(({ authorities }) => authorities.every((each) => each.fingerprint !== fingerprint)),
  );
  const by =
    found.otherManagers.length === 0 ? '' : `; its caBundle is also written by ${found.otherManagers.join(', ')}`;
  const lacks = missing.map(({ fingerprint }) => short(fingerprint)).join(', ');
  const reason = missing.length === 0 ? 'trusts more than it should' : `does not trust ${lacks}`;
  return { state: 'out-of-step', reason: `${reason}${by}` };
}

/** Enough of a fingerprint to tell it from the others. */
export function short(fingerprint: string): string {
  return fingerprint.slice(0, 11);
}

function certificatesOf({ authority, leaf, next, old }: SecretContents, nowMs: number): CertificateStatus[] {
  const describe = (role: CertificateStatus['role'], cert: string): CertificateStatus[] => {
    const certificate = readCertificate(cert);
    if (certificate === undefined) return [];
    const { subject, fingerprint256, subjectAltName = '', validFromDate, validToDate } = certificate;
    return [
      {
        role,
        subject: subject.replaceAll('\n', ', '),
        fingerprint: fingerprint256,
        names: subjectAltName === '' ? [] : subjectAltName.split(', '),
        notBefore: validFromDate.toISOString(),
        notAfter: validToDate.toISOString(),
        daysLeft: Math.floor((validToDate.getTime() - nowMs) / dayMs),
      },
    ];
  };
  return [
    ...(leaf === undefined ? [] : describe('serving', leaf.cert)),
    ...describe('authority', authority.cert),
    ...(next === undefined ? [] : describe('next authority', next.cert)),
    ...old.flatMap(({ cert, leavesMs }) =>
      describe('old authority', cert).map((each) => ({ ...each, leaves: new Date(leavesMs).toISOString() })),
    ),
  ];
}

function problemsOf(
  { secret, leader, nowMs }: Snapshot,
  contents: SecretContents | undefined,
  configurations: readonly ConfigurationStatus[],
): string[] {
  const problems: string[] = [];
  if (secret === undefined) problems.push('the Secret does not exist: start Seawall, or run `seawall certs init`');
  if (secret?.reading.kind === 'broken') problems.push(`the Secret is broken: ${secret.reading.problem}`);
  if (leader?.isAlive !== true) problems.push('nobody leads: no replica renews certificates or fills caBundles');
  if (contents !== undefined) {
    const { authority, leaf } = contents;
    if (leaf === undefined) problems.push('the Secret has no certificate that is good for the Service');
    if (leaf !== undefined && nowMs >= leaf.notAfterMs) problems.push('the serving certificate has ended');
    if (nowMs >= authority.notAfterMs - lateMs) problems.push('the authority ends soon, and nobody has replaced it');
    for (const each of configurations) {
      if (each.state === 'out-of-step') problems.push(`${configurationTitle(each)} ${each.reason}`);
    }
  }
  return problems;
}

const waits: Readonly<Record<WaitReason, string>> = {
  'clock-behind': 'waits until its certificates begin: the clock is behind',
  'not-published': 'waits until the next authority is in the caBundle of',
  settling: 'waits a minute for the API servers to see the next authority',
  'too-many-old': 'waits until an old authority has left the caBundles',
};

function stepText(step: Step): string {
  switch (step.kind) {
    case 'create':
      return 'a new authority and certificate';
    case 'put-back':
      return 'put the lost Secret back';
    case 'keep-served':
      return 'keep an authority trusted that is served from';
    case 'issue-leaf':
      return 'a new certificate of the same authority';
    case 'publish-next':
      return 'a new authority into every caBundle';
    case 'switch-to-next':
      return 'a certificate of the next authority';
    case 'retire-old':
      return 'take old authorities out of the caBundles';
    case 'wait':
      return step.reason === 'not-published'
        ? `${waits[step.reason]} ${step.configurations.join(', ')}`
        : waits[step.reason];
    case 'nothing':
      return `nothing until ${new Date(step.untilMs).toISOString()}`;
  }
}
