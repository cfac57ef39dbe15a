import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// Two folders of the machine are built into the kubelet and into the CNI library. They matter to nobody once the node is
// gone, but a thousand containers leave a thousand files.
const logLinks = '/var/log/containers';
const networkResults = '/var/lib/cni/results';

/** Removes what the node of a run left outside the run's folder; to be called while that folder still exists. */
export function removeNodeTraces(path: string): void {
  const sandboxes = list(join(path, 'containerd/root/io.containerd.grpc.v1.cri/sandboxes'));
  const results = list(networkResults).filter((name) => sandboxes.some((sandbox) => name.includes(sandbox)));
  const links = list(logLinks).filter((name) => target(join(logLinks, name)).startsWith(`${path}/`));
  for (const result of results) rmSync(join(networkResults, result), { force: true });
  for (const link of links) rmSync(join(logLinks, link), { force: true });
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
