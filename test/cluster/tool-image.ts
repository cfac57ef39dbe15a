import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './harness/binaries.ts';
import { mustRun } from './harness/command.ts';
import type { ClusterNode } from './harness/node.ts';

/** An image whose one program is named as a network tool. */
export const toolImage = 'seawall.test/nmap:1';

/** A container that runs it; `mark` stands in its command line, so that its process can be told from every other. */
export function toolContainer(mark: string): object {
  return { name: 'tool', image: toolImage, imagePullPolicy: 'Never', command: ['/nmap', 'pause', mark] };
}

/** Loads the image: the witness under the name of a tool. */
export async function loadToolImage(node: Pick<ClusterNode, 'loadImage'>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'seawall-tool-image-'));
  const tar = (name: string, ...files: string[]) =>
    mustRun('tar', ['--owner=0', '--group=0', '--numeric-owner', '-C', folder, '-cf', join(folder, name), ...files]);
  try {
    copyFileSync(await programPath('witness'), join(folder, 'nmap'));
    await tar('layer.tar', 'nmap');
    const layer = createHash('sha256')
      .update(readFileSync(join(folder, 'layer.tar')))
      .digest('hex');
    const config = {
      os: 'linux',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      config: { Entrypoint: ['/nmap'], Cmd: ['pause'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const manifest = [{ Config: 'config.json', RepoTags: [toolImage], Layers: ['layer.tar'] }];
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await tar('image.tar', 'manifest.json', 'config.json', 'layer.tar');
    await node.loadImage(join(folder, 'image.tar'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many processes of this machine run the tool with this mark, as its kernel tells. */
export function runningTools(mark: string): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8') === `/nmap\0pause\0${mark}\0`;
    } catch {
      // It has ended since the folder was read.
      return false;
    }
  }).length;
}
