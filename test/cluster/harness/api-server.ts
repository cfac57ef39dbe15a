import { writeFileSync } from 'node:fs';
import { programPath } from './binaries.ts';
import type { OwnProcess } from './own-process.ts';
import { startProcess } from './own-process.ts';
import type { Placement } from './placement.ts';
import type { RunFolder } from './run-folder.ts';
import type { TestCa } from './test-ca.ts';

/** The range of cluster addresses; its first is that of the Service `kubernetes`. */
export const serviceRange = '10.96.0.0/16';
export const kubernetesServiceAddress = '10.96.0.1';

/** The files that the programs of a control plane share. */
export interface ControlPlaneFiles {
  readonly caCertificate: string;
  readonly serviceAccountKey: string;
  readonly auditLog: string;
}

export interface ApiServerOptions {
  /** A policy of audit.k8s.io/v1. @default the metadata of every request, once it is answered */
  readonly auditPolicy?: object;
  /** Added at the end of the command line, where a flag said twice counts as said last. */
  readonly apiServerFlags?: readonly string[];
}

const metadataOfAll = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

/** Writes the certificates and the audit policy of a control plane. */
export function writeControlPlaneFiles(
  run: RunFolder,
  ca: TestCa,
  placement: Placement,
  { auditPolicy = metadataOfAll }: ApiServerOptions,
): ControlPlaneFiles {
  const write = (name: string, content: string) => {
    const path = run.file('control-plane', name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const serving = ca.issue({
    commonName: 'kube-apiserver',
    names: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      '127.0.0.1',
      kubernetesServiceAddress,
      ...placement.names,
    ],
  });
  write('server.crt', serving.certificate);
  write('server.key', serving.key);
  const client = ca.issue({ commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] });
  write('kubelet-client.crt', client.certificate);
  write('kubelet-client.key', client.key);
  write('audit-policy.json', JSON.stringify(auditPolicy));
  return {
    caCertificate: write('ca.crt', ca.certificate),
    serviceAccountKey: write('service-account.key', serving.key),
    auditLog: run.file('audit.log'),
  };
}

/** Starts kube-apiserver without waiting for it. */
export async function startApiServer(
  run: RunFolder,
  placement: Placement,
  etcdUrl: string,
  files: ControlPlaneFiles,
  flags: readonly string[],
): Promise<OwnProcess> {
  const program = await programPath('kube-apiserver');
  const file = (name: string) => run.file('control-plane', name);
  return startProcess(
    run,
    'kube-apiserver',
    program,
    [
      `--etcd-servers=${etcdUrl}`,
      `--bind-address=${placement.bindAddress}`,
      `--advertise-address=${placement.address}`,
      `--secure-port=${placement.port}`,
      `--service-cluster-ip-range=${serviceRange}`,
      // The reconciler would publish the advertised address as an endpoint, and refuses a loopback one.
      '--endpoint-reconciler-type=none',
      `--cert-dir=${file('certificates')}`,
      `--tls-cert-file=${file('server.crt')}`,
      `--tls-private-key-file=${file('server.key')}`,
      `--client-ca-file=${files.caCertificate}`,
      `--kubelet-certificate-authority=${files.caCertificate}`,
      `--kubelet-client-certificate=${file('kubelet-client.crt')}`,
      `--kubelet-client-key=${file('kubelet-client.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--service-account-key-file=${files.serviceAccountKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--audit-policy-file=${file('audit-policy.json')}`,
      `--audit-log-path=${files.auditLog}`,
      '--profiling=false',
      // Without it a graceful end waits a minute for the watches of the controllers.
      '--shutdown-watch-termination-grace-period=5s',
      ...flags,
    ],
    { enter: placement.enter },
  );
}
