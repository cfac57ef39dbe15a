import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { developmentCertificates } from '../certificates/development.ts';
import { certificateValidity } from '../certificates/validity.ts';
import { plainLine } from '../report/terminal.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';

export interface CertsOptions {
  /** Folder with ca.crt, ca.key, tls.crt and tls.key. */
  readonly directory: string;
}

export const certsDefaults = { directory: 'certs' } as const;

/** `seawall certs issue`: makes the development authority and certificate, or keeps what is still good. */
export async function certsIssueCommand({ directory }: CertsOptions, io: CommandIo): Promise<number> {
  const { made, ca, cert } = await developmentCertificates(directory, io.now());
  for (const what of made) io.stderr(`${plainLine(`made ${what === 'authority' ? ca : cert}`)}\n`);
  return certsShowCommand({ directory }, io);
}

/** `seawall certs show`: what the certificates of a folder are good for, and until when. */
export async function certsShowCommand({ directory }: CertsOptions, io: CommandIo): Promise<number> {
  const read = (name: string): Promise<string> => readFile(join(directory, name), 'utf8');
  const [ca, cert, key] = await Promise.all([read('ca.crt'), read('tls.crt'), read('tls.key')]);
  const validity = certificateValidity({ cert, key, ca }, io.now());
  const rows: [string, string][] = validity.valid
    ? [['state', `good until ${new Date(validity.expiresMs).toISOString()}`], ...namesOf(cert)]
    : [['state', `not good: ${validity.reason}`]];
  for (const [label, text] of rows) io.stdout(`${label.padEnd(6)} ${plainLine(text)}\n`);
  return validity.valid ? exitCodes.ok : exitCodes.findings;
}

function namesOf(cert: string): [string, string][] {
  const { subjectAltName = '', fingerprint256 } = new X509Certificate(cert);
  return [
    ['names', subjectAltName],
    ['sha256', fingerprint256],
  ];
}
