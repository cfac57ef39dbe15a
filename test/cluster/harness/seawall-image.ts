import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './binaries.ts';
import { buildImage } from './build-image.ts';
import { exclusively } from './exclusive.ts';

/** Seawall's image, by the name that manifests/ has for it. */
export const seawallImage = 'ghcr.io/seawall-dev/seawall:0.1.0';

const root = join(import.meta.dirname, '..', '..', '..');

/** What .dockerignore lets into the build, and the build itself. */
const sources = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  'src',
  'LICENSE',
  'NOTICE',
  'test/cluster/harness/build-image.ts',
];

/**
 * The path of a docker-archive of our own Dockerfile's image, built anew where a source has changed: half a minute, and
 * minutes the first time.
 */
export async function seawallArchive(): Promise<string> {
  return exclusively(join(cacheFolder(), 'seawall-image.lock'), async () => {
    const wanted = digest();
    const record = join(cacheFolder(), 'images', 'seawall-image.json');
    const built = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Built) : undefined;
    if (built?.digest === wanted && existsSync(built.archive)) return built.archive;
    const archive = await buildImage(root, seawallImage);
    writeFileSync(record, JSON.stringify({ digest: wanted, archive } satisfies Built));
    return archive;
  });
}

interface Built {
  readonly digest: string;
  readonly archive: string;
}

function digest(): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(join(path, name));
      return;
    }
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  };
  for (const path of sources) add(path);
  // Its base is this very Node.
  return hash.update(process.version).digest('hex');
}
