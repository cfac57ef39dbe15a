import { existsSync } from 'node:fs';
import type { Program } from './binaries.ts';
import { missingProgram, onPath } from './binaries.ts';
import { missingPackages } from './node-packages.ts';

/** What a test file needs of the machine. */
export type Level = 'control plane' | 'node';

const controlPlanePrograms: readonly Program[] = ['etcd', 'kube-apiserver', 'kubectl', 'kube-controller-manager'];
const nodePrograms: readonly Program[] = [...controlPlanePrograms, 'kube-scheduler', 'kubelet', 'witness'];

/** The programs of a level, in the order in which their builds share most. */
export function programsOf(level: Level): readonly Program[] {
  return level === 'node' ? nodePrograms : controlPlanePrograms;
}

/** What is missing for a level, in one line; undefined where it can be had. Installs and builds nothing. */
export function missingFor(level: Level): string | undefined {
  return missingProgram(programsOf(level)) ?? (level === 'node' ? missingForNode() : undefined);
}

function missingForNode(): string | undefined {
  if (process.platform !== 'linux') return 'a node needs Linux';
  if (process.getuid?.() !== 0) return 'a node needs root';
  if (!existsSync('/sys/fs/cgroup')) return 'a node needs cgroups';
  const packages = missingPackages();
  if (packages.length === 0 || onPath('apt-get')) return undefined;
  return `a node needs ${packages.join(', ')}, and there is no apt-get to install them with`;
}

/** Time for hooks that start a cluster: the first build of its programs may be part of it. */
export const startTimeoutMs = 40 * 60_000;

/**
 * Tests that need a level. Where the machine cannot give it, one line says what is missing and they are skipped; with
 * CI=true that is a failure.
 */
export function describeLevel(level: Level, name: string, tests: () => void): void {
  const missing = missingFor(level);
  if (missing === undefined) {
    describe(`${name} (${level})`, tests);
    return;
  }
  const reason = `${name}: skipped, because it needs the ${level} level: ${missing}`;
  process.stderr.write(`${reason}\n`);
  if (process.env['CI'] === 'true') {
    test(`${name} (${level})`, () => {
      throw new Error(reason);
    });
    return;
  }
  describe.skip(`${name} (${level})`, tests);
}
