/*
 * Reads all pods of a server, in a process of its own, by Seawall's scan or by the typed list of @kubernetes/client-node,
 * and prints what it took as JSON.
 */
import { readFileSync } from 'node:fs';
import { scanCluster } from '../src/audit/scan-cluster.ts';
import { createApiClient } from '../src/cluster/api-client.ts';
import { defaultPolicy } from '../src/policy/policy.ts';

/** What one reading took. */
export interface Reading {
  readonly pods: number;
  readonly ms: number;
  /** Most memory that the process ever had resident, in MB (10^6 bytes). */
  readonly peakMb: number;
  /** Most memory outside of V8's heap that was no buffer, in MB: texts of pages, if they are held there; 0 for the typed list. */
  readonly outsideMb: number;
  /** Pods that were found on the network of the host; 0 for the typed list, which judges nothing. */
  readonly onHostNetwork: number;
}

const [by = '', server = '', caFile = ''] = process.argv.slice(2);
const ca = readFileSync(caFile, 'utf8');

async function scan(): Promise<Pick<Reading, 'pods' | 'onHostNetwork' | 'outsideMb'>> {
  const presented = { tls: { ca }, headers: {} };
  const client = createApiClient({ server, present: () => Promise.resolve(presented) });
  let outside = 0;
  const onProgress = (): void => {
    const { external, arrayBuffers } = process.memoryUsage();
    outside = Math.max(outside, external - arrayBuffers);
  };
  const { ledger } = await scanCluster(client, { policy: defaultPolicy(), nowMs: Date.now(), list: {}, onProgress });
  client.close();
  const entries = ledger.records().flatMap((record) => record.entries);
  const onHost = entries.filter(({ finding }) => finding.rule === 'host-network');
  return {
    pods: ledger.pods,
    onHostNetwork: onHost.reduce((sum, each) => sum + each.pods, 0),
    outsideMb: outside / 1e6,
  };
}

async function typedList(): Promise<Pick<Reading, 'pods' | 'onHostNetwork' | 'outsideMb'>> {
  const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'bench', server, skipTLSVerify: false, caData: Buffer.from(ca).toString('base64') },
    { name: 'bench' },
  );
  const api = config.makeApiClient(CoreV1Api);
  let pods = 0;
  let token: string | undefined;
  do {
    const list = await api.listPodForAllNamespaces({ limit: 500, ...(token !== undefined && { _continue: token }) });
    pods += list.items.length;
    token = list.metadata?._continue;
  } while (token !== undefined && token !== '');
  return { pods, onHostNetwork: 0, outsideMb: 0 };
}

const startedMs = performance.now();
const read = await (by === 'scan' ? scan() : typedList());
const ms = performance.now() - startedMs;
const peakKb = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
const reading: Reading = { ...read, ms, peakMb: (Number(peakKb) * 1024) / 1e6 };
process.stdout.write(`${JSON.stringify(reading)}\n`);
