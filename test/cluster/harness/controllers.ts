import { writeFileSync } from 'node:fs';
import { programPath } from './binaries.ts';
import type { ControlPlaneFiles } from './api-server.ts';
import { kubeconfig } from './kubeconfig.ts';
import type { OwnProcess } from './own-process.ts';
import { startProcess } from './own-process.ts';
import type { Placement } from './placement.ts';
import type { RunFolder } from './run-folder.ts';
import type { TestCa } from './test-ca.ts';

/**
 * Starts kube-controller-manager. Each controller speaks as its own ServiceAccount, as in a real cluster: that is the
 * user an admission webhook sees when a ReplicaSet makes a pod.
 */
export async function startControllerManager(
  run: RunFolder,
  placement: Placement,
  ca: TestCa,
  files: ControlPlaneFiles,
): Promise<OwnProcess> {
  const config = componentKubeconfig(run, placement, ca, 'kube-controller-manager');
  return startProcess(
    run,
    'kube-controller-manager',
    await programPath('kube-controller-manager'),
    [
      `--kubeconfig=${config}`,
      '--leader-elect=false',
      // It serves nothing that is asked for; the port would only collide with another cluster's.
      '--secure-port=0',
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${files.serviceAccountKey}`,
      `--root-ca-file=${files.caCertificate}`,
    ],
    { enter: placement.enter },
  );
}

/** Starts kube-scheduler. */
export async function startScheduler(run: RunFolder, placement: Placement, ca: TestCa): Promise<OwnProcess> {
  const config = componentKubeconfig(run, placement, ca, 'kube-scheduler');
  return startProcess(
    run,
    'kube-scheduler',
    await programPath('kube-scheduler'),
    [`--kubeconfig=${config}`, '--leader-elect=false', '--secure-port=0'],
    { enter: placement.enter },
  );
}

function componentKubeconfig(run: RunFolder, placement: Placement, ca: TestCa, component: string): string {
  const path = run.file('control-plane', `${component}.kubeconfig`);
  const certificate = ca.issue({ commonName: `system:${component}` });
  writeFileSync(path, kubeconfig(placement.innerUrl, ca.certificate, { kind: 'certificate', ...certificate }), {
    mode: 0o600,
  });
  return path;
}
