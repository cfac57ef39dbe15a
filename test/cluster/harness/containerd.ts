import { existsSync, writeFileSync } from 'node:fs';
import { mustRun, runCommand } from './command.ts';
import type { OwnProcess } from './own-process.ts';
import { startProcess } from './own-process.ts';
import { waitForProcess } from './ready.ts';
import type { RunFolder } from './run-folder.ts';

export interface Containerd {
  readonly process: OwnProcess;
  readonly socket: string;
  /** Loads the images of a docker-archive or OCI tar. */
  importImages(tar: string): Promise<void>;
}

/** The CRI's own namespace inside containerd. */
const cri = ['--namespace', 'k8s.io'];

/**
 * Starts a containerd with everything it has below the run folder, and waits until it answers.
 * @param sandboxImage - the image of every pod's first container; nothing is ever pulled
 */
export async function startContainerd(
  run: RunFolder,
  enter: readonly string[],
  sandboxImage: string,
): Promise<Containerd> {
  const socket = run.file('containerd', 'containerd.sock');
  const config = run.file('containerd', 'config.toml');
  writeFileSync(run.file('containerd', 'cni', '10-ptp.conflist'), JSON.stringify(podNetwork(run)));
  writeFileSync(config, configuration(run, socket, sandboxImage));
  const process = startProcess(run, 'containerd', 'containerd', ['--config', config], { enter });
  const ctr = (...args: string[]) => mustRun('ctr', ['--address', socket, ...args], { timeoutMs: 5 * 60_000 });
  await waitForProcess(process, async () => {
    if (!existsSync(socket)) return undefined;
    const { code } = await runCommand('ctr', ['--address', socket, 'version']);
    return code === 0 ? true : undefined;
  });
  return {
    process,
    socket,
    async importImages(tar) {
      await ctr(...cri, 'images', 'import', tar);
    },
  };
}

/** Pods get an `eth0` of their own, joined to the namespace of the cluster; no address is translated, nothing leads out. */
function podNetwork(run: RunFolder): object {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: run.file('containerd', 'addresses'),
          ranges: [[{ subnet: '10.98.128.0/17' }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

function configuration(run: RunFolder, socket: string, sandboxImage: string): string {
  const path = (name: string) => JSON.stringify(run.file('containerd', name));
  return `version = 2
root = ${path('root')}
state = ${path('state')}
oom_score = 0
[grpc]
  address = ${JSON.stringify(socket)}
[ttrpc]
  address = ${JSON.stringify(`${socket}.ttrpc`)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${path('opt')}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(sandboxImage)}
  # Where the machine lacks CAP_SYS_RESOURCE, lowering a score fails every container ("can't get final child's PID from pipe").
  restrict_oom_score_adj = true
  # The namespaces of pods stay below the run folder, where they are found after a crash.
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${path('cni')}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = ${path('runc')}
`;
}
