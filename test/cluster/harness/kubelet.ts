import { mkdirSync, writeFileSync } from 'node:fs';
import { programPath } from './binaries.ts';
import { kubeconfig } from './kubeconfig.ts';
import { nodeAddress } from './network-namespace.ts';
import type { OwnProcess } from './own-process.ts';
import { startProcess } from './own-process.ts';
import type { Placement } from './placement.ts';
import type { RunFolder } from './run-folder.ts';
import type { TestCa } from './test-ca.ts';

export interface Kubelet {
  readonly process: OwnProcess;
  /** Manifests that are put in here become static pods. */
  readonly staticPodFolder: string;
}

/** Starts a kubelet that registers itself as `nodeName`, without waiting for it. */
export async function startKubelet(
  run: RunFolder,
  placement: Placement,
  ca: TestCa,
  nodeName: string,
  containerdSocket: string,
): Promise<Kubelet> {
  const program = await programPath('kubelet');
  const write = (name: string, content: string) => {
    const path = run.file('kubelet-config', name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const staticPodFolder = run.file('static-pods');
  mkdirSync(staticPodFolder, { recursive: true });
  const client = ca.issue({ commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] });
  const serving = ca.issue({ commonName: nodeName, names: [nodeName, nodeAddress] });
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: write('ca.crt', ca.certificate) },
    },
    authorization: { mode: 'AlwaysAllow' },
    tlsCertFile: write('server.crt', serving.certificate),
    tlsPrivateKeyFile: write('server.key', serving.key),
    staticPodPath: staticPodFolder,
    fileCheckFrequency: '1s',
    podLogsDir: run.file('pod-logs'),
    volumePluginDir: run.file('volume-plugins'),
    // There is no DNS and nothing to resolve; the machine's own resolver is not the pods' business.
    resolvConf: '',
    // The machine may have cgroup v1, swap, a full disk and cgroups that others manage: none of it is under test.
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    evictionHard: {},
    localStorageCapacityIsolation: false,
    imageGCHighThresholdPercent: 100,
  };
  const credentials = { kind: 'certificate', ...client } as const;
  const process = startProcess(
    run,
    'kubelet',
    program,
    [
      `--config=${write('config.json', JSON.stringify(config))}`,
      `--kubeconfig=${write('kubeconfig', kubeconfig(placement.innerUrl, ca.certificate, credentials))}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${nodeAddress}`,
      `--root-dir=${run.file('kubelet')}`,
      `--cert-dir=${run.file('kubelet-config', 'certificates')}`,
    ],
    { enter: placement.enter },
  );
  return { process, staticPodFolder };
}
