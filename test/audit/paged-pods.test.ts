// The scan of a long paged list over HTTPS, in a process of its own: no pod is lost, and memory does not grow with pods.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPods } from '../../bench/audit.ts';
import type { MeasuredServer } from '../../bench/servers.ts';
import { startPagedPods } from '../../bench/servers.ts';
import { developmentCertificates } from '../../src/certificates/development.ts';

let folder: string;
let server: MeasuredServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-paged-'));
  await developmentCertificates(join(folder, 'certs'), Date.now());
  server = await startPagedPods(folder);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test('of 10,000 and 50,000 pods each is read and judged, in the same memory', async () => {
  const few = await readPods('scan', server.port, 10_000, folder);
  const many = await readPods('scan', server.port, 50_000, folder);
  expect([few.pods, few.onHostNetwork, many.pods, many.onHostNetwork]).toEqual([10_000, 500, 50_000, 2_500]);
  process.stderr.write(
    `paged: peak of ${few.peakMb.toFixed(0)} MB, and ${many.peakMb.toFixed(0)} MB, ${many.outsideMb.toFixed(0)} MB outside of the heap\n`,
  );
  // 25 MB, of which Node has 11 by itself; it was 63 to 71 when the text of each page was one string.
  expect(many.outsideMb).toBeLessThan(40);
  expect(many.peakMb / few.peakMb).toBeLessThan(1.2);
}, 180_000);
