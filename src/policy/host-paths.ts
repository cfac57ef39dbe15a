import { Memo } from './memo.ts';

/*
 * Which host paths lead to the host, and which of them give host access. Compared as text after clean-up, as parent
 * or child: a mount of /var holds /var/lib/kubelet, a mount of /proc/1 is a part of /proc.
 */

/** Paths below which, or above which, a mount is a way to the host. Source: SPEC of the Kubernetes file layout, FHS 3.0. */
export const hostPaths: readonly string[] = [
  '/proc',
  '/sys',
  '/dev',
  '/etc',
  '/root',
  '/home',
  '/boot',
  '/run',
  '/var/run',
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/opt/cni',
  '/var/lib/kubelet',
  '/var/lib/containerd',
  '/var/lib/docker',
  '/var/lib/containers',
  '/var/lib/crio',
  '/var/lib/cni',
  '/var/lib/etcd',
  '/var/lib/rancher',
  '/var/lib/k0s',
];

/** Paths that put the host's processes, network or runtime within reach. */
export const accessPaths: readonly string[] = [
  '/proc',
  '/run/netns',
  '/var/run/netns',
  '/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/k3s/containerd/containerd.sock',
  '/run/k0s/containerd.sock',
  '/run/crio/crio.sock',
  '/run/cri-dockerd.sock',
  '/run/dockershim.sock',
  '/run/podman/podman.sock',
  '/var/run/docker.sock',
  '/var/run/containerd/containerd.sock',
  '/var/run/crio/crio.sock',
  '/var/run/cri-dockerd.sock',
  '/var/run/dockershim.sock',
  '/var/run/podman/podman.sock',
];

/** Runtime sockets by file name, wherever they are: an administrator may have moved them. */
export const runtimeSockets: ReadonlySet<string> = new Set([
  'docker.sock',
  'docker.raw.sock',
  'containerd.sock',
  'crio.sock',
  'cri-dockerd.sock',
  'cri-docker.sock',
  'dockershim.sock',
  'podman.sock',
  'buildkitd.sock',
  'rke2.sock',
]);

/** The pipes of the runtimes on Windows. Source: docs.docker.com, containerd docs/windows. */
export const runtimePipes: ReadonlySet<string> = new Set(['/pipe/docker_engine', '/pipe/containerd-containerd']);

/** What a host path leads to. */
export interface HostPath {
  readonly cleaned: string;
  readonly leadsToHost: boolean;
  readonly givesHostAccess: boolean;
}

const known = new Memo<HostPath>();

/** Reads a host path as a manifest has it. */
export function readHostPath(path: string): HostPath {
  return known.get(path, () => {
    const cleaned = cleanHostPath(path);
    return { cleaned, leadsToHost: leadsToHost(cleaned), givesHostAccess: givesHostAccess(cleaned) };
  });
}

/**
 * The path with `//`, `/./`, `/../` and a trailing `/` taken out, as path.Clean of Go does for an absolute path.
 * Back-slashes, a drive letter and the prefixes of Windows' own paths are read as Windows reads them, in any case.
 */
export function cleanHostPath(path: string): string {
  const isWindows = /^(?:[A-Za-z]:|\/\/[.?]\/)/.test(path) || path.includes('\\');
  const slashed = isWindows ? withoutWindows(path) : path;
  const steps: string[] = [];
  for (const step of slashed.split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..') steps.pop();
    else steps.push(step);
  }
  return `/${steps.join('/')}`;
}

/** `\\?\C:\Var` and `C:\Var` as `/var`. Source: learn.microsoft.com, "Naming Files, Paths, and Namespaces". */
function withoutWindows(path: string): string {
  return path
    .replaceAll('\\', '/')
    .toLowerCase()
    .replace(/^\/\/[.?]\//, '/')
    .replace(/^\/?[a-z]:/, '');
}

/** Whether a cleaned path leads to the host. */
function leadsToHost(cleaned: string): boolean {
  return cleaned === '/' || hostPaths.some((path) => isParentOrChild(cleaned, path)) || givesHostAccess(cleaned);
}

/** Whether a cleaned path gives a pod host access: `/`, `/proc`, `/run/netns`, or a runtime's socket. */
export function givesHostAccess(cleaned: string): boolean {
  if (cleaned === '/') return true;
  const base = cleaned.slice(cleaned.lastIndexOf('/') + 1);
  if (runtimeSockets.has(base) || runtimePipes.has(cleaned)) return true;
  return accessPaths.some((path) => isParentOrChild(cleaned, path));
}

function isParentOrChild(one: string, other: string): boolean {
  if (one.length === other.length) return one === other;
  return one.length < other.length
    ? other.startsWith(one) && other.charCodeAt(one.length) === 47
    : one.startsWith(other) && one.charCodeAt(other.length) === 47;
}
