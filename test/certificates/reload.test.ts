import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IssuedCertificate } from '../../src/certificates/issue.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { mountedFiles, watchFiles } from '../../src/mounted-files/mounted-files.ts';
import type { LastGood } from '../../src/mounted-files/last-good.ts';
import type { ServedPair } from '../../src/certificates/reload.ts';
import { openCertificate } from '../../src/certificates/reload.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { keptLog } from '../admission/webhook-under-test.ts';

const dayMs = 86_400_000;
const issuedMs = Date.UTC(2026, 10, 24);
let nowMs = issuedMs;
let root: string;
let pairs: readonly [IssuedCertificate, IssuedCertificate];
let applied: ServedPair[];
let source: LastGood<ServedPair>;
const metrics = createMetrics([]);
const { log, lines } = keptLog();

beforeAll(async () => {
  const authority = await issueAuthority('A', issuedMs);
  const names = { dnsNames: ['localhost'], ipAddresses: [] };
  pairs = await Promise.all([
    issueServing(names, authority, issuedMs),
    issueServing(names, authority, issuedMs + 100 * dayMs),
  ]);
});
beforeEach(async () => {
  nowMs = issuedMs;
  root = mkdtempSync(join(tmpdir(), 'seawall-'));
  mount('one', pairs[0].cert, pairs[0].key);
  symlinkSync(join('..data', 'tls.crt'), join(root, 'tls.crt'));
  symlinkSync(join('..data', 'tls.key'), join(root, 'tls.key'));
  applied = [];
  const files = mountedFiles([join(root, 'tls.crt'), join(root, 'tls.key')]);
  source = await openCertificate({ files, apply: (pair) => applied.push(pair), log, metrics, now: () => nowMs });
});
afterEach(() => rmSync(root, { recursive: true }));

/** Replaces the contents of the mount as the kubelet does: a new folder, and one renaming of the link to it. */
function mount(name: string, cert: string, key: string): void {
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, 'tls.crt'), cert);
  writeFileSync(join(root, name, 'tls.key'), key);
  symlinkSync(name, join(root, '..data_tmp'));
  renameSync(join(root, '..data_tmp'), join(root, '..data'));
}

test('a swapped mount is served, once', async () => {
  await source.refresh();
  expect(applied).toEqual([]);
  nowMs = issuedMs + 100 * dayMs;
  mount('two', pairs[1].cert, pairs[1].key);
  await source.refresh();
  await source.refresh();
  expect(applied).toEqual([{ ...pairs[1], expiresMs: issuedMs + 465 * dayMs }]);
  expect(source.current()).toBe(applied[0]);
  expect(await metrics.text()).toContain(
    `seawall_certificate_expiry_timestamp_seconds ${(issuedMs + 465 * dayMs) / 1000}`,
  );
});

test.each<[string, () => readonly [string, string]]>([
  ['the key is not that of the certificate', () => [pairs[1].cert, pairs[0].key]],
  ['the certificate is not PEM of an X.509 certificate', () => [pairs[1].cert.slice(0, 300), pairs[1].key]],
  ['the key is not PEM of a private key without passphrase', () => [pairs[1].cert, '']],
  ['the certificate begins on 2027-03-03T23:00:00.000Z', () => [pairs[1].cert, pairs[1].key]],
])('the last good certificate stays where %s', async (reason, given) => {
  mount('bad', ...given());
  await source.refresh();
  expect(applied).toEqual([]);
  expect(source.current().cert).toBe(pairs[0].cert);
  expect(lines().at(-1)).toEqual({
    level: 'error',
    time: '2026-11-24T00:00:00.000Z',
    reason,
    msg: 'certificate refused, the last good one stays',
  });
  expect(await metrics.text()).toContain('seawall_certificate_last_reload_successful 0');
});

test('a pair whose halves come one after the other is served when it is whole', async () => {
  nowMs = issuedMs + 100 * dayMs;
  writeFileSync(join(root, 'one', 'tls.crt'), pairs[1].cert);
  await source.refresh();
  expect(applied).toEqual([]);
  writeFileSync(join(root, 'one', 'tls.key'), pairs[1].key);
  await source.refresh();
  expect(applied).toHaveLength(1);
});

test('a file that is gone for a moment changes nothing', async () => {
  rmSync(join(root, '..data'));
  await source.refresh();
  expect(lines().at(-1)?.['reason']).toMatch(/^ENOENT/);
  symlinkSync('one', join(root, '..data'));
  await source.refresh();
  expect(source.current().cert).toBe(pairs[0].cert);
});

test('the first certificate must be good: there is none to go on with', async () => {
  mount('bad', pairs[0].cert, pairs[1].key);
  const files = mountedFiles([join(root, 'tls.crt'), join(root, 'tls.key')]);
  const opened = openCertificate({ files, apply: () => undefined, log, metrics, now: () => nowMs });
  await expect(opened).rejects.toThrow('the key is not that of the certificate');
});

describe('watching', () => {
  test('looks at each notice and each beat, one look at a time, and not after it was stopped', async () => {
    let looks = 0;
    let release: () => void = () => undefined;
    let beat: () => void = () => undefined;
    let stopped = false;
    const stop = watchFiles({
      paths: [join(root, 'nowhere', 'x')],
      refresh: () => {
        looks += 1;
        return new Promise((resolve) => (release = resolve));
      },
      onUnwatchable: (error) => expect(error).toMatchObject({ code: 'ENOENT' }),
      every: (ms, work) => {
        expect(ms).toBe(5_000);
        beat = work;
        return () => (stopped = true);
      },
    });
    beat();
    beat();
    beat();
    expect(looks).toBe(1);
    release();
    await new Promise(setImmediate);
    expect(looks).toBe(2);
    release();
    await new Promise(setImmediate);
    expect(looks).toBe(2);
    stop();
    expect(stopped).toBe(true);
  });

  test('hears of a swapped mount from the file system', async () => {
    const heard = Promise.withResolvers<undefined>();
    const stop = watchFiles({
      paths: [join(root, 'tls.crt')],
      refresh: () => {
        heard.resolve(undefined);
        return Promise.resolve();
      },
      onUnwatchable: (error) => heard.reject(error),
      every: () => () => undefined,
    });
    mount('two', pairs[0].cert, pairs[0].key);
    await heard.promise;
    stop();
  });
});
