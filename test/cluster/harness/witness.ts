import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { programPath } from './binaries.ts';
import { mustRun } from './command.ts';
import type { ControlPlane } from './control-plane.ts';
import { EndOfWait, waitUntil } from './wait-until.ts';

/** The image whose one file is the witness; run without arguments it is the pause image. */
export const witnessImage = 'seawall.test/witness:1';

/** What one process in a container can see and do, as the kernel tells it. */
export interface WitnessReport {
  /** Sixteen hexadecimal digits each, from /proc/self/status. */
  readonly capabilities: Readonly<Record<'inheritable' | 'permitted' | 'effective' | 'bounding' | 'ambient', string>>;
  readonly uid: number;
  readonly gid: number;
  readonly noNewPrivileges: boolean;
  /** `0` none, `2` a filter. */
  readonly seccomp: string;
  /** Whether `socket(AF_INET, SOCK_RAW)` opens: `opens`, or the kernel's error. */
  readonly rawSocket: string;
  /** The same of `socket(AF_PACKET, SOCK_RAW)`. */
  readonly packetSocket: string;
  /** Names of the network interfaces it sees. */
  readonly interfaces: readonly string[];
  /** How many processes it sees. */
  readonly processes: number;
  /** The name of the process that it sees as number 1. */
  readonly init: string;
  readonly hostname: string;
  /** The identities of its namespaces. @example { net: 'net:[4026531840]', ... } */
  readonly namespaces: Readonly<Record<'net' | 'pid' | 'ipc', string>>;
  /** Whether /proc/sys is mounted to be written: only a privileged container has it so. */
  readonly writesSysctls: boolean;
}

/** Arguments for a container of the witness image. */
export type WitnessMode = 'pause' | 'report' | 'report-and-pause';

/** A container that reports what it can do, and stays; spread it and add a securityContext. */
export function witnessContainer(name = 'witness', mode: WitnessMode = 'report-and-pause'): object {
  return { name, image: witnessImage, imagePullPolicy: 'Never', args: [mode] };
}

/** The path of a docker-archive of the witness image; made once per witness. */
export async function witnessArchive(): Promise<string> {
  const program = await programPath('witness');
  const archive = join(dirname(program), 'witness.tar');
  if (existsSync(archive)) return archive;
  const folder = mkdtempSync(join(dirname(program), 'archive-'));
  const tar = (name: string, ...files: string[]) =>
    mustRun('tar', ['--owner=0', '--group=0', '--numeric-owner', '-C', folder, '-cf', join(folder, name), ...files]);
  try {
    copyFileSync(program, join(folder, 'witness'));
    await tar('layer.tar', 'witness');
    const layer = createHash('sha256')
      .update(readFileSync(join(folder, 'layer.tar')))
      .digest('hex');
    const config = {
      os: 'linux',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      config: { Entrypoint: ['/witness'], Cmd: ['pause'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    };
    const manifest = [{ Config: 'config.json', RepoTags: [witnessImage], Layers: ['layer.tar'] }];
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await tar('image.tar', 'manifest.json', 'config.json', 'layer.tar');
    renameSync(join(folder, 'image.tar'), archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return archive;
}

/** Reads the report that a witness printed. */
export function parseReport(text: string): WitnessReport {
  const line = text.split('\n').find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`no report in: ${text}`);
  return JSON.parse(line) as WitnessReport;
}

/**
 * Waits for the report that a container of a pod prints when it starts.
 * @throws at once where the container cannot start
 */
export async function containerReport(
  { kubectl }: Pick<ControlPlane, 'kubectl'>,
  pod: string,
  container = 'witness',
  namespace = 'default',
): Promise<WitnessReport> {
  return waitUntil(
    `the report of ${namespace}/${pod} ${container}`,
    async () => {
      const { code, stdout, stderr } = await kubectl(['logs', pod, '--container', container, '--namespace', namespace]);
      if (/is waiting to start: (?!ContainerCreating|PodInitializing)/.test(stderr)) throw new EndOfWait(stderr);
      return code === 0 && stdout.includes('{') ? parseReport(stdout) : undefined;
    },
    { intervalMs: 100 },
  );
}
