import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kubernetesServiceAddress } from './api-server.ts';
import { mustRun } from './command.ts';
import { forward } from './forward.ts';
import { startProcess } from './own-process.ts';
import type { Placement } from './placement.ts';
import { waitForProcess } from './ready.ts';
import type { RunFolder } from './run-folder.ts';

/** The node's address. It is on the namespace's `lo`, but not a loopback address: the kubelet and EndpointSlices refuse those. */
export const nodeAddress = '10.98.0.1';

/** A network namespace of one cluster. No route leads into it or out of it; only the forwarders do. */
export interface NetworkNamespace {
  readonly name: string;
  /** What stands before a command to run it in there. */
  readonly enter: readonly string[];
  /** Makes `address:port` of the namespace reachable for this process, and returns the loopback port that leads there. */
  reach(address: string, port: number): Promise<number>;
  /** Makes a loopback port of this process reachable in the namespace, under the same number. */
  expose(port: number): Promise<void>;
  close(): void;
}

/** Makes a namespace and brings up its `lo` with the addresses of the node and of the Service `kubernetes`. */
export async function createNetworkNamespace(run: RunFolder): Promise<NetworkNamespace> {
  const name = `seawall-${randomBytes(4).toString('hex')}`;
  run.recordNamespace(name);
  await mustRun('ip', ['netns', 'add', name]);
  // Not `ip netns exec`: it mounts /sys anew, and the kubelet loses its cgroups.
  const enter = ['nsenter', `--net=/run/netns/${name}`];
  const inside = (...args: string[]) => mustRun('nsenter', [...enter.slice(1), ...args]);
  await inside('ip', 'link', 'set', 'lo', 'up');
  await inside('ip', 'address', 'add', `${nodeAddress}/32`, 'dev', 'lo');
  // With its address and its port 443 on the node itself, pods reach the API server and no kube-proxy is needed.
  await inside('ip', 'address', 'add', `${kubernetesServiceAddress}/32`, 'dev', 'lo');

  const closers: (() => void)[] = [];
  const forwardInside = (label: string, listen: string, dial: string) => {
    const script = join(import.meta.dirname, 'forward.ts');
    return startProcess(run, `forward-${label}`, process.execPath, [script, listen, dial], { enter });
  };
  return {
    name,
    enter,
    async reach(address, port) {
      const socket = run.file('sockets', `in-${address}-${port}`);
      const process = forwardInside(`in-${address}-${port}`, socket, `${address}:${port}`);
      await waitForProcess(process, () => (existsSync(socket) ? true : undefined));
      const outer = await forward('127.0.0.1:0', socket);
      closers.push(() => outer.close());
      return outer.port;
    },
    async expose(port) {
      const socket = run.file('sockets', `out-${port}`);
      const outer = await forward(socket, `127.0.0.1:${port}`);
      closers.push(() => outer.close());
      const inner = forwardInside(`out-${port}`, `127.0.0.1:${port}`, socket);
      await waitForProcess(inner, () => listens(enter, port));
    },
    close() {
      for (const close of closers) close();
    },
  };
}

async function listens(enter: readonly string[], port: number): Promise<true | undefined> {
  const sockets = await mustRun('nsenter', [...enter.slice(1), 'ss', '-Hltn', `sport = :${port}`]);
  return sockets.includes(`:${port}`) ? true : undefined;
}

/** A control plane in the namespace, on the port that the Service `kubernetes` names. */
export async function inNamespace(namespace: NetworkNamespace): Promise<Placement> {
  const port = 443;
  const outerPort = await namespace.reach(nodeAddress, port);
  return {
    enter: namespace.enter,
    address: nodeAddress,
    bindAddress: '0.0.0.0',
    port,
    names: [nodeAddress],
    innerUrl: `https://${nodeAddress}:${port}`,
    outerUrl: `https://127.0.0.1:${outerPort}`,
  };
}
