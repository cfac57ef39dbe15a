import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { mustRun } from './command.ts';
import { exclusively } from './exclusive.ts';

/** The programs that a cluster is made of. */
export type Program =
  'etcd' | 'kube-apiserver' | 'kubectl' | 'kube-controller-manager' | 'kube-scheduler' | 'kubelet' | 'witness';

/** A Go module of ours that pins a program's source, and the package of it that is the program. */
interface GoSource {
  readonly module: 'kubernetes' | 'etcd' | 'witness';
  readonly package: string;
}

const sources: Readonly<Record<Program, GoSource>> = {
  etcd: { module: 'etcd', package: '.' },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  'kube-controller-manager': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  'kube-scheduler': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  kubelet: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubelet' },
  witness: { module: 'witness', package: '.' },
};

/** The longest build on two cores, cold, is about ten minutes; a loaded machine gets three times that. */
const buildTimeoutMs = 30 * 60_000;

/** Where built programs, base images and locks are kept between runs. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'seawall');
}

/**
 * What stands in the way of having these programs, in one line; undefined where nothing does. Builds nothing.
 * @param mayBuild - whether a build counts as a way to have them
 */
export function missingProgram(programs: readonly Program[], mayBuild: boolean): string | undefined {
  const unbuilt = programs.filter((program) => found(program) === undefined);
  if (unbuilt.length === 0) return undefined;
  if (!onPath('go')) {
    return `no ${unbuilt.join(', ')}: neither in KUBEBUILDER_ASSETS nor in ${cacheFolder()}, and no Go to build with`;
  }
  return mayBuild
    ? undefined
    : `${unbuilt.join(', ')} not built yet: npm run cluster:build does it once, in about 15 minutes`;
}

/** Whether a check that cannot run fails, and what it needs is built and installed. */
export function isCi(): boolean {
  return process.env['CI'] === 'true';
}

/**
 * The path of a program: from KUBEBUILDER_ASSETS (the convention of the field), from the cache, or built with Go.
 * The first build of kube-apiserver takes about ten minutes on two cores.
 * @throws where the build fails
 */
export async function programPath(program: Program): Promise<string> {
  return found(program) ?? (await build(program));
}

/** Whether a command of this name is on the PATH. */
export function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function found(program: Program): string | undefined {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const candidates = [...(assets === undefined ? [] : [join(assets, program)]), cachedPath(program)];
  return candidates.find(isExecutable);
}

async function build(program: Program): Promise<string> {
  const path = cachedPath(program);
  // One lock for all: two builds at once would compile the packages that they share twice.
  await exclusively(join(cacheFolder(), 'build.lock'), async () => {
    if (isExecutable(path)) return;
    process.stderr.write(`cluster: building ${program} with Go; the first time takes minutes\n`);
    mkdirSync(join(path, '..'), { recursive: true });
    const unfinished = `${path}.${process.pid}.unfinished`;
    const { module, package: target } = sources[program];
    const args = ['build', '-trimpath', '-ldflags', linkerFlags(module), '-o', unfinished, target];
    await mustRun('nice', ['-n', '10', 'go', ...args], {
      cwd: moduleFolder(module),
      env: {
        GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -buildvcs=false`.trim(),
        // The witness runs in images that have no C library.
        ...(module === 'witness' ? { CGO_ENABLED: '0' } : {}),
      },
      timeoutMs: buildTimeoutMs,
    });
    // Nobody ever sees half a program: a rename within one folder is atomic.
    renameSync(unfinished, path);
  });
  return path;
}

function linkerFlags(module: GoSource['module']): string {
  const stripped = '-s -w';
  if (module !== 'kubernetes') return stripped;
  // Kubernetes learns its version from its linker; without it, it calls itself v0.0.0 and features by version go wrong.
  const version = moduleVersion(module);
  const [major = '', minor = ''] = version.slice(1).split('.');
  const set = (name: string, value: string) => `-X k8s.io/component-base/version.${name}=${value}`;
  return [stripped, set('gitVersion', version), set('gitMajor', major), set('gitMinor', minor)].join(' ');
}

/** One folder per state of a module's files: another version or another dependency is another program. */
function cachedPath(program: Program): string {
  const { module } = sources[program];
  const folder = moduleFolder(module);
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\0`);
  for (const name of readdirSync(folder).sort()) {
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(join(folder, name)))
      .update('\0');
  }
  const version = moduleVersion(module);
  return join(cacheFolder(), [module, version, hash.digest('hex').slice(0, 12)].filter(Boolean).join('-'), program);
}

/** The version that a module of ours pins its program at; empty where the program is our own. */
function moduleVersion(module: GoSource['module']): string {
  const pinned = /^require (?:k8s\.io\/kubernetes|go\.etcd\.io\/etcd\/server\/v3) (v\S+)$/m;
  return pinned.exec(readFileSync(join(moduleFolder(module), 'go.mod'), 'utf8'))?.[1] ?? '';
}

function moduleFolder(module: GoSource['module']): string {
  return join(import.meta.dirname, '..', module);
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
