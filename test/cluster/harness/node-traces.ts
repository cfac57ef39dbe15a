import { readdirSync, readlinkSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

// These folders of the machine are built into the kubelet, the CNI library and the CRI plugin. What is in them matters to
// nobody once the node is gone, but a thousand containers leave a thousand files.
const logLinks = '/var/log/containers';
const networkResults = '/var/lib/cni/results';
const cgroups = '/sys/fs/cgroup';

/** Removes what the node of a run left outside the run's folder; to be called while that folder still exists. */
export function removeNodeTraces(path: string): void {
  const sandboxes = list(join(path, 'containerd/root/io.containerd.grpc.v1.cri/sandboxes'));
  const results = list(networkResults).filter((name) => sandboxes.some((sandbox) => name.includes(sandbox)));
  for (const result of results) rmSync(join(networkResults, result), { force: true });

  const links = list(logLinks).filter((name) => target(join(logLinks, name)).startsWith(`${path}/`));
  for (const link of links) rmSync(join(logLinks, link), { force: true });

  const containers = list(join(path, 'containerd/state/io.containerd.runtime.v2.task/k8s.io'));
  // One folder per controller with cgroup v1, none with v2.
  const hierarchies = [cgroups, ...list(cgroups).map((name) => join(cgroups, name))];
  for (const hierarchy of hierarchies) {
    for (const container of containers) removeCgroup(join(hierarchy, 'k8s.io', container));
  }
}

function removeCgroup(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Not in this hierarchy, or a dead process that nobody has waited for still counts as in it.
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // There never was a node on this machine, or this run had none.
    return [];
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // Not a link, or another kubelet has just removed it.
    return '';
  }
}
