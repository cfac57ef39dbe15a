import { existsSync } from 'node:fs';
import type { Program } from './binaries.ts';
import { isCi, missingProgram, onPath } from './binaries.ts';
import { missingPackages } from './node-packages.ts';

/** What a test file needs of the machine. */
export type Level = 'control plane' | 'node';

const controlPlanePrograms: readonly Program[] = ['etcd', 'kube-apiserver', 'kubectl', 'kube-controller-manager'];
const nodePrograms: readonly Program[] = [...controlPlanePrograms, 'kube-scheduler', 'kubelet', 'witness'];

/** The programs of a level, in the order in which their builds share most. */
export function programsOf(level: Level): readonly Program[] {
  return level === 'node' ? nodePrograms : controlPlanePrograms;
}

/**
 * What is missing for a level, in one line; undefined where it can be had. Installs and builds nothing.
 * @param mayBuild - whether to build and install count as ways to have it. Only CI does so on its own: a person who runs
 *   the tests should not wait a quarter of an hour for the first one, nor find packages installed
 */
export function missingFor(level: Level, mayBuild: boolean): string | undefined {
  return missingProgram(programsOf(level), mayBuild) ?? (level === 'node' ? missingForNode(mayBuild) : undefined);
}

function missingForNode(mayInstall: boolean): string | undefined {
  if (process.platform !== 'linux') return 'a node needs Linux';
  if (process.getuid?.() !== 0) return 'a node needs root';
  if (!existsSync('/sys/fs/cgroup')) return 'a node needs cgroups';
  const packages = missingPackages();
  if (packages.length === 0) return undefined;
  if (!onPath('apt-get')) return `a node needs ${packages.join(', ')}, and there is no apt-get to install them with`;
  return mayInstall ? undefined : `a node needs the packages ${packages.join(', ')}`;
}

/** Time for hooks that start a cluster: the first build of its programs may be part of it. */
export const startTimeoutMs = 40 * 60_000;

/**
 * Tests that need a level. Where the machine cannot give it, one line says what is missing and they are skipped; with
 * CI=true that is a failure.
 */
export function describeLevel(level: Level, name: string, tests: () => void): void {
  const missing = missingFor(level, isCi());
  if (missing === undefined) {
    describe(`${name} (${level})`, tests);
    return;
  }
  const reason = `${name}: skipped, because it needs the ${level} level: ${missing}`;
  process.stderr.write(`${reason}\n`);
  if (isCi()) {
    test(`${name} (${level})`, () => {
      throw new Error(reason);
    });
    return;
  }
  describe.skip(`${name} (${level})`, tests);
}
