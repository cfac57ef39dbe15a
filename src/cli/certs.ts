import { setTimeout as delay } from 'node:timers/promises';
import { rotateAnnotation } from '../certificates/secret-contents.ts';
import { secretPath } from '../certificates/secret-store.ts';
import { serviceNames } from '../certificates/self-managed.ts';
import type { Installation, Snapshot, SnapshotClock } from '../certificates/snapshot.ts';
import { takeSnapshot } from '../certificates/snapshot.ts';
import type { CertificatesStatus } from '../certificates/status.ts';
import { certificatesStatus, short } from '../certificates/status.ts';
import type { ApiClient } from '../cluster/api.ts';
import { connect } from '../cluster/connect.ts';
import { plainLine, wantsColour } from '../report/terminal.ts';
import { certificatesJson, certificatesTable } from './certs-table.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';

/** Which Seawall of which cluster. */
export interface CertsOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace: string;
  readonly service: string;
  readonly secret: string;
  readonly lease: string;
}

/** Runs `work` on the installation that the options name. */
export async function onInstallation(
  options: CertsOptions,
  io: CommandIo,
  work: (installation: Installation, clock: SnapshotClock) => Promise<number>,
): Promise<number> {
  const { kubeconfig, context, namespace, service, secret, lease } = options;
  const client: ApiClient = await connect({ kubeconfig, context, env: io.env });
  try {
    const names = serviceNames(namespace, service);
    return await work({ client, namespace, service, secret, lease, names }, { now: io.now, wait: (ms) => delay(ms) });
  } finally {
    client.close();
  }
}

/** `seawall certs status`: exit code 0 where all is in step, 3 where something needs a person. */
export function certsStatusCommand(
  options: CertsOptions & { readonly output: 'table' | 'json' },
  io: CommandIo,
): Promise<number> {
  return onInstallation(options, io, async (installation, clock) => {
    const status = certificatesStatus(await takeSnapshot(installation, clock));
    const colour = wantsColour(io.isTty.stdout, io.env);
    io.stdout(options.output === 'json' ? certificatesJson(status) : certificatesTable(status, { colour }));
    return status.problems.length === 0 ? exitCodes.ok : exitCodes.findings;
  });
}

const pollMs = 1_000;

/**
 * `seawall certs rotate`: asks the leader for a new authority and tells each step until a certificate of it is served and
 * every caBundle is in step.
 */
export function certsRotateCommand(
  options: CertsOptions & { readonly timeoutSeconds: number },
  io: CommandIo,
): Promise<number> {
  return onInstallation(options, io, async (installation, clock) => {
    const tell = teller(io);
    const before = await takeSnapshot(installation, clock);
    const hindrance = hindranceOf(before, options);
    if (hindrance !== undefined) {
      tell(hindrance);
      return exitCodes.findings;
    }
    const authority = authorityOf(before);
    await askForRotation(installation, before.nowMs);
    tell(`asked ${before.leader?.identity ?? 'the leader'} to replace authority ${short(authority)}`);
    const deadlineMs = performance.now() + options.timeoutSeconds * 1000;
    for (;;) {
      const snapshot = await takeSnapshot(installation, clock);
      const status = certificatesStatus(snapshot);
      if (authorityOf(snapshot) !== authority && areInStep(status)) {
        for (const line of outcome(status)) io.stdout(`${plainLine(line)}\n`);
        return exitCodes.ok;
      }
      tell(progress(snapshot, status));
      if (performance.now() >= deadlineMs) {
        tell(`not done within ${options.timeoutSeconds} s; the leader goes on, see \`seawall certs status\``);
        return exitCodes.failed;
      }
      await clock.wait(pollMs);
    }
  });
}

/** Writes each line once in a row. */
function teller(io: CommandIo): (line: string) => void {
  let told = '';
  return (line) => {
    if (line !== told) io.stderr(`${plainLine(line, 2000)}\n`);
    told = line;
  };
}

/** Why a rotation cannot be asked for, and how to go on. */
function hindranceOf({ secret, leader }: Snapshot, { namespace, secret: name }: CertsOptions): string | undefined {
  if (secret === undefined)
    return `Secret ${namespace}/${name} does not exist: run \`seawall certs init\`, or start Seawall`;
  if (secret.reading.kind === 'broken') {
    return `Secret ${namespace}/${name} is broken (${secret.reading.problem}): its leader replaces it; look at the log of Seawall`;
  }
  if (leader?.isAlive === true) return undefined;
  const last = leader === undefined ? '' : ` (the last leader, ${leader.identity}, does not renew its Lease)`;
  return `nobody leads${last}: see why no replica runs (kubectl -n ${namespace} get pods), then run this again`;
}

async function askForRotation({ client, namespace, secret }: Installation, nowMs: number): Promise<void> {
  const annotations = { [rotateAnnotation]: new Date(nowMs).toISOString() };
  await client.request('PATCH', secretPath({ namespace, name: secret }), {
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations } },
  });
}

function authorityOf({ secret }: Snapshot): string {
  return secret?.reading.kind === 'read' ? secret.reading.contents.authority.fingerprint : '';
}

function areInStep({ configurations }: CertificatesStatus): boolean {
  return configurations.every(({ state }) => state !== 'out-of-step');
}

function progress({ leader }: Snapshot, { next, configurations }: CertificatesStatus): string {
  const behind = configurations.filter(({ state }) => state === 'out-of-step').map(({ name }) => name);
  const waiting = behind.length === 0 ? '' : `; caBundle not in step: ${behind.join(', ')}`;
  const lost = leader?.isAlive === true ? '' : '; nobody leads at the moment';
  return `next: ${next.text}${waiting}${lost}`;
}

function outcome({ certificates }: CertificatesStatus): string[] {
  return certificates.flatMap(({ role, fingerprint, notAfter, leaves }) => {
    switch (role) {
      case 'authority':
        return [`authority ${fingerprint} signs, until ${notAfter}`];
      case 'serving':
        return [`certificate ${fingerprint} is served, until ${notAfter}`];
      case 'old authority':
        return [`authority ${fingerprint} stays trusted until ${leaves ?? notAfter}`];
      case 'next authority':
        return [];
    }
  });
}
