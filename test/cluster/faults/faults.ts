import type { InstalledSeawall } from '../harness/install-seawall.ts';
import { seawallNamespace } from '../harness/install-seawall.ts';
import type { ClusterNode } from '../harness/node.ts';
import { nearTheEnd, renewLeaf, rotateAuthority } from './certificate-faults.ts';
import { cutWatches, pauseEtcd } from './control-plane-faults.ts';
import { breakPolicy, reloadPolicy } from './policy-faults.ts';
import { kill, readyReplicas } from './replicas.ts';

/** A node, and Seawall on it. */
export interface Site {
  readonly node: ClusterNode;
  readonly installed: InstalledSeawall;
}

/** What happens to Seawall or to what it stands on. */
export interface Fault {
  /** As the table says it. */
  readonly what: string;
  /**
   * `nothing`: every benign pod is admitted. `api server`: some creations find no API server, or one that cannot
   * answer; none fails for want of Seawall. `seawall`: some fail for want of Seawall.
   */
  readonly mayCost: 'nothing' | 'api server' | 'seawall';
  /** Does it, and resolves when its effect was seen. */
  readonly happen: (site: Site) => Promise<void>;
}

export const faults: readonly Fault[] = [
  { what: 'nothing happens', mayCost: 'nothing', happen: () => Promise.resolve() },
  {
    what: 'the Deployment rolls',
    mayCost: 'nothing',
    happen: async ({ node, installed }) => {
      await mustKubectl(node, ['rollout', 'restart', 'deployment/seawall']);
      await installed.rolledOut();
    },
  },
  {
    what: 'the serving certificate is renewed',
    mayCost: 'nothing',
    happen: ({ node }) => renewLeaf(node),
  },
  {
    what: 'the serving certificate has 10 seconds left',
    mayCost: 'nothing',
    happen: ({ node }) => nearTheEnd(node, 10_000),
  },
  {
    what: 'the authority is replaced',
    mayCost: 'nothing',
    happen: ({ node }) => rotateAuthority(node),
  },
  {
    what: 'another policy is loaded',
    mayCost: 'nothing',
    happen: ({ node }) => reloadPolicy(node, 'second'),
  },
  {
    what: 'a broken policy is refused, and mended',
    mayCost: 'nothing',
    happen: async ({ node }) => {
      await breakPolicy(node);
      await reloadPolicy(node, 'third');
    },
  },
  {
    what: 'the watches are cut for 4 s',
    mayCost: 'nothing',
    happen: ({ node }) => cutWatches(node, 4_000),
  },
  {
    what: 'etcd stands still for 4 s',
    mayCost: 'api server',
    happen: ({ node }) => pauseEtcd(node, 4_000),
  },
  {
    what: 'the API server restarts',
    mayCost: 'api server',
    happen: ({ node }) => node.controlPlane.restartApiServer(),
  },
  {
    what: 'one of two replicas is killed (SIGKILL)',
    mayCost: 'seawall',
    happen: async ({ node }) => {
      const [victim] = await readyReplicas(node);
      if (victim === undefined) throw new Error('there is no replica to kill');
      kill(node, victim);
    },
  },
  {
    what: 'every replica is taken away, and comes back',
    mayCost: 'seawall',
    happen: async ({ node }) => {
      await mustKubectl(node, ['scale', 'deployment/seawall', '--replicas=0']);
      await readyReplicas(node, 0);
      await mustKubectl(node, ['scale', 'deployment/seawall', '--replicas=2']);
    },
  },
];

async function mustKubectl({ controlPlane }: ClusterNode, args: readonly string[]): Promise<void> {
  const { code, stderr } = await controlPlane.kubectl(['-n', seawallNamespace, ...args]);
  if (code !== 0) throw new Error(stderr);
}
