import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from './binaries.ts';
import { mustRun, runCommand } from './command.ts';
import { exclusively } from './exclusive.ts';
import { installNodePackages } from './node-packages.ts';

/** The Debian release that the Node base image of our Dockerfile stands on. */
const debianRelease = 'bookworm';

/** Another way of making the base image is another base image. */
const recipe = createHash('sha256')
  .update(readFileSync(import.meta.filename))
  .digest('hex')
  .slice(0, 8);

/** Our stand-in for the Node base image: the same release of Debian, this very Node, and npm. */
export const nodeBaseImage = `localhost/seawall-test/node:${process.version.slice(1)}-${debianRelease}-${recipe}`;

export interface BuildImageOptions {
  /** `ARG`s of the Dockerfile. NODE_IMAGE is set to `nodeBaseImage` unless given here. */
  readonly buildArgs?: Readonly<Record<string, string>>;
}

/**
 * Builds the Dockerfile of a folder with buildah, without a container engine and without pulling anything, and returns
 * the path of a docker-archive of it.
 * @param name - the image's name, as pods name it
 * @throws with buildah's last lines, where it fails
 */
export async function buildImage(
  dockerfileFolder: string,
  name: string,
  { buildArgs = {} }: BuildImageOptions = {},
): Promise<string> {
  await installNodePackages();
  await makeBaseImage();
  const args = Object.entries({ NODE_IMAGE: nodeBaseImage, ...buildArgs });
  await buildah(
    'bud',
    // A chroot: no namespaces, no runtime, no network of its own.
    '--isolation=chroot',
    '--pull-never',
    '--layers',
    ...args.map(([key, value]) => `--build-arg=${key}=${value}`),
    `--tag=${name}`,
    dockerfileFolder,
  );
  const folder = imagesFolder('archives');
  const archive = join(folder, `${name.replaceAll(/[^\w.-]/g, '_')}.tar`);
  // buildah refuses to write into an archive that exists, and another process may be reading the old one.
  const unfinished = mkdtempSync(join(folder, 'unfinished-'));
  try {
    await buildah('push', '--quiet', name, `docker-archive:${join(unfinished, 'image.tar')}:${name}`);
    renameSync(join(unfinished, 'image.tar'), archive);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return archive;
}

async function makeBaseImage(): Promise<void> {
  await exclusively(join(cacheFolder(), 'base-image.lock'), async () => {
    const { code } = await runCommand('buildah', [...store(), 'inspect', '--type', 'image', nodeBaseImage]);
    if (code === 0) return;
    process.stderr.write(`cluster: making ${nodeBaseImage}; this takes about two minutes\n`);
    const root = mkdtempSync(join(imagesFolder('roots'), 'root-'));
    try {
      await mustRun('debootstrap', ['--variant=minbase', debianRelease, root], { timeoutMs: 15 * 60_000 });
      removeIdleFiles(root);
      await addNode(root);
      const container = (await buildah('from', 'scratch')).trim();
      await buildah('add', '--quiet', container, root, '/');
      const variables = existsSync(authorities) ? [`--env=NODE_EXTRA_CA_CERTS=${authorities}`] : [];
      await buildah('config', '--cmd=node', ...variables, container);
      await buildah('commit', '--quiet', '--rm', container, nodeBaseImage);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

/** The certificate authorities that this machine trusts: npm inside the build must reach what npm outside reaches. */
const authorities = '/etc/ssl/certs/ca-certificates.crt';

async function addNode(root: string): Promise<void> {
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  const modules = join(root, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  await mustRun('cp', ['--recursive', npmFolder(), join(modules, 'npm')]);
  for (const command of ['npm', 'npx']) {
    const link = join(root, 'usr/local/bin', command);
    await mustRun('ln', ['--symbolic', `../lib/node_modules/npm/bin/${command}-cli.js`, link]);
  }
  if (existsSync(authorities)) {
    mkdirSync(join(root, dirname(authorities)), { recursive: true });
    copyFileSync(authorities, join(root, authorities));
  }
}

/** What the slim images of Debian leave out too; each node imports the rest anew. */
function removeIdleFiles(root: string): void {
  for (const folder of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale', 'usr/share/man']) {
    rmSync(join(root, folder), { recursive: true, force: true });
  }
}

/** The folder of the npm on this machine's PATH. */
function npmFolder(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const command = join(folder, 'npm');
    // `npm` is a link to `npm/bin/npm-cli.js`.
    const folderOfLink = existsSync(command) ? dirname(dirname(realpathSync(command))) : '';
    if (existsSync(join(folderOfLink, 'bin', 'npm-cli.js'))) return folderOfLink;
  }
  throw new Error('no npm on the PATH to put into the base image');
}

function buildah(...args: string[]): Promise<string> {
  return mustRun('buildah', [...store(), ...args], { timeoutMs: 15 * 60_000 });
}

/** A store of images of our own; the machine's is left alone. */
function store(): string[] {
  return [`--root=${imagesFolder('store')}`, `--runroot=${imagesFolder('run')}`, '--storage-driver=overlay'];
}

function imagesFolder(name: string): string {
  const folder = join(cacheFolder(), 'images', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
