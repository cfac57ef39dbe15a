import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IssuedCertificate } from './issue.ts';
import type { CertificateCheck } from './validity.ts';
import { certificateValidity, renewBeforeMs } from './validity.ts';

/** Where the development certificates lie. */
export interface DevelopmentFiles {
  readonly ca: string;
  readonly caKey: string;
  readonly cert: string;
  readonly key: string;
  /** What had to be made; empty where all was there and good for long enough. */
  readonly made: readonly ('authority' | 'certificate')[];
}

const dnsNames = ['localhost', 'seawall.seawall.svc', 'seawall.seawall.svc.cluster.local'] as const;
const ipAddresses = ['127.0.0.1', '::1'] as const;

/**
 * Makes an authority and a serving certificate for this machine, unless the folder has them: what is still good is kept,
 * so that a client that trusts the authority goes on to.
 * @param nowMs - milliseconds since the epoch
 */
export async function developmentCertificates(folder: string, nowMs: number): Promise<DevelopmentFiles> {
  const files = {
    ca: join(folder, 'ca.crt'),
    caKey: join(folder, 'ca.key'),
    cert: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
  };
  const soonMs = nowMs + renewBeforeMs;
  const isGood = (check: CertificateCheck): boolean =>
    certificateValidity(check, nowMs).valid && certificateValidity(check, soonMs).valid;

  let authority = await readPair(files.ca, files.caKey);
  let serving = await readPair(files.cert, files.key);
  const hasAuthority = authority !== undefined && isGood({ ...authority, ca: authority.cert });
  const names = [...dnsNames, ...ipAddresses];
  if (hasAuthority && authority !== undefined && serving !== undefined) {
    if (isGood({ ...serving, ca: authority.cert, names })) return { ...files, made: [] };
  }
  // Here, because its import costs a tenth of a second and nearly every start has its certificates.
  const { issueAuthority, issueServing } = await import('./issue.ts');
  await mkdir(folder, { recursive: true });
  if (!hasAuthority || authority === undefined) {
    authority = await issueAuthority('Seawall development CA', nowMs);
    await writePair(files.ca, files.caKey, authority);
  }
  serving = await issueServing({ dnsNames, ipAddresses }, authority, nowMs);
  await writePair(files.cert, files.key, serving);
  return { ...files, made: hasAuthority ? ['certificate'] : ['authority', 'certificate'] };
}

async function readPair(certFile: string, keyFile: string): Promise<IssuedCertificate | undefined> {
  try {
    return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The key first: a certificate without its key would be found bad and replaced, and so is harmless. */
async function writePair(certFile: string, keyFile: string, { cert, key }: IssuedCertificate): Promise<void> {
  await replace(keyFile, key, 0o600);
  await replace(certFile, cert, 0o644);
}

/** Never half a file under its name, and never a moment in which a key could be read by others. */
async function replace(file: string, text: string, mode: number): Promise<void> {
  const next = `${file}.next`;
  await writeFile(next, text, { mode });
  await rename(next, file);
}
