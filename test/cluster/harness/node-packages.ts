import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, onPath } from './binaries.ts';
import { mustRun } from './command.ts';
import { exclusively } from './exclusive.ts';

/** What a Debian package brings that we look for: a command, or a file. */
const wanted: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  runc: 'runc',
  'containernetworking-plugins': '/usr/lib/cni/ptp',
  iproute2: 'ip',
  iptables: 'iptables',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
};

/** The Debian packages of the node level that are not installed. */
export function missingPackages(): string[] {
  return Object.entries(wanted)
    .filter(
      ([, item]) => !(item.startsWith('/') ? existsSync(item) : onPath(item) || existsSync(join('/usr/sbin', item))),
    )
    .map(([name]) => name);
}

/**
 * Installs what is missing of them, as root.
 * @throws where apt-get fails
 */
export async function installNodePackages(): Promise<void> {
  if (missingPackages().length === 0) return;
  await exclusively(join(cacheFolder(), 'install.lock'), async () => {
    const packages = missingPackages();
    if (packages.length === 0) return;
    process.stderr.write(`cluster: installing ${packages.join(', ')}\n`);
    const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 10 * 60_000 };
    await mustRun('apt-get', ['update', '-q'], options);
    await mustRun('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], options);
  });
}
