import { X509Certificate } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentCertificates } from '../../src/certificates/development.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 24);
let root: string;
let folder: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'seawall-'));
  const { made } = await developmentCertificates(join(root, 'made'), nowMs);
  expect(made).toEqual(['authority', 'certificate']);
});
beforeEach(() => {
  folder = join(mkdtempSync(join(root, 'copy-')), 'certs');
  cpSync(join(root, 'made'), folder, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

const texts = (): string[] =>
  ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].map((name) => readFileSync(join(folder, name), 'utf8'));

test('are kept while they are good, and their keys are read by their owner only', async () => {
  const before = texts();
  const files = await developmentCertificates(folder, nowMs + 334 * dayMs);
  expect(files.made).toEqual([]);
  expect(texts()).toEqual(before);
  const modes = [files.ca, files.caKey, files.cert, files.key].map((file) => statSync(file).mode & 0o077);
  expect([modes[1], modes[3]]).toEqual([0, 0]);
});

test('near its end the certificate is made anew by the same authority', async () => {
  const [ca, caKey, cert] = texts();
  const later = nowMs + 336 * dayMs;
  expect((await developmentCertificates(folder, later)).made).toEqual(['certificate']);
  const [sameCa, sameCaKey, newCert = ''] = texts();
  expect([sameCa, sameCaKey]).toEqual([ca, caKey]);
  expect(newCert).not.toBe(cert);
  expect(new X509Certificate(newCert).validToDate.getTime()).toBe(later + 365 * dayMs);
});

test('near its end the authority is made anew, and the certificate with it', async () => {
  expect((await developmentCertificates(folder, nowMs + 701 * dayMs)).made).toEqual(['authority', 'certificate']);
});

test.each(['ca.key', 'tls.crt'])('a broken %s is replaced', async (name) => {
  writeFileSync(join(folder, name), 'half of a fi');
  expect((await developmentCertificates(folder, nowMs)).made).toContain('certificate');
  expect((await developmentCertificates(folder, nowMs)).made).toEqual([]);
});

test('a missing key is made anew, with its certificate', async () => {
  rmSync(join(folder, 'tls.key'));
  expect((await developmentCertificates(folder, nowMs)).made).toEqual(['certificate']);
});
