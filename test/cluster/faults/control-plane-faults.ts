import { setTimeout as delay } from 'node:timers/promises';
import { kubernetesServiceAddress } from '../harness/api-server.ts';
import { mustRun } from '../harness/command.ts';
import type { ClusterNode } from '../harness/node.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { metricOfEach, readyReplicas } from './replicas.ts';

/** Stops etcd in its tracks for so long. */
export async function pauseEtcd({ controlPlane }: ClusterNode, ms: number): Promise<void> {
  controlPlane.pauseEtcd();
  try {
    await delay(ms);
  } finally {
    controlPlane.resumeEtcd();
  }
}

/**
 * Cuts what the replicas have open to the API server, its watches among it, and refuses new connections for so long; what
 * the API server opens to them is left alone.
 */
export async function cutWatches(node: ClusterNode, ms: number): Promise<void> {
  const replicas = await readyReplicas(node);
  const iptables = (...args: string[]) => {
    const [program = '', ...rest] = [...node.network.enter, 'iptables', '-w', ...args];
    return mustRun(program, rest);
  };
  const rule = (address: string) =>
    `INPUT -s ${address} -d ${kubernetesServiceAddress} -p tcp --dport 443 -j REJECT --reject-with tcp-reset`.split(
      ' ',
    );
  for (const { address } of replicas) await iptables('-I', ...rule(address));
  try {
    await delay(ms);
    const counters = await iptables('-vnxL', 'INPUT');
    const cut = counters.split('\n').filter((line) => /^ *[1-9].*REJECT/.test(line));
    if (cut.length !== replicas.length) throw new Error(`not every watch was cut:\n${counters}`);
  } finally {
    for (const { address } of replicas) await iptables('-D', ...rule(address));
  }
  const resumedMs = Date.now();
  await waitUntil(
    'every replica to hear of the API server again',
    async () => {
      const contacts = await metricOfEach(node, 'seawall_pod_cache_last_contact_timestamp_seconds');
      return contacts.every((each) => each * 1000 > resumedMs) ? true : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );
}
