import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder, isCi } from '../cluster/harness/binaries.ts';
import { mustRun } from '../cluster/harness/command.ts';
import { exclusively } from '../cluster/harness/exclusive.ts';

/** The names under which the browser is installed. */
const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

/** The path of the machine's Chromium; undefined where there is none. */
export function chromiumPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return commands.flatMap((command) => folders.map((folder) => join(folder, command))).find((path) => existsSync(path));
}

/** Installs Debian's Chromium where there is none and it can be had, as root; only CI calls it. */
export async function installChromium(): Promise<void> {
  if (chromiumPath() !== undefined) return;
  await exclusively(join(cacheFolder(), 'install.lock'), async () => {
    if (chromiumPath() !== undefined) return;
    process.stderr.write('browser: installing chromium\n');
    const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 10 * 60_000 };
    await mustRun('apt-get', ['update', '-q'], options);
    await mustRun(
      'apt-get',
      ['install', '-q', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
      options,
    );
  });
}

/** Time for the hook that may install the browser. */
export const browserStartMs = 12 * 60_000;

/**
 * Tests in a real browser. Where there is none, one line says so and they are skipped; with CI=true it is installed, and
 * they fail where that fails.
 */
export function describeBrowser(name: string, tests: () => void): void {
  if (chromiumPath() !== undefined || isCi()) {
    describe(`${name} (browser)`, tests);
    return;
  }
  process.stderr.write(`${name}: skipped, because no Chromium is on the PATH\n`);
  describe.skip(`${name} (browser)`, tests);
}
