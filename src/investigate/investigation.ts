import type { Finding } from '../policy/finding.ts';
import type { OwnerReference, Unseen } from '../report/report.ts';
import type { ClusterEvent } from './cluster-events.ts';
import type { EntryReason } from './entry.ts';
import type { Exposure } from './exposure.ts';
import type { FalcoEvent } from './falco-event.ts';
import type { GitOpsSource } from './gitops-source.ts';
import type { ImageUse } from './image-use.ts';
import type { DeclaredTool, PodLine } from './judged-pod.ts';
import type { OwnerLink } from './owner-chain.ts';
import type { ContainerFacts } from './running.ts';
import type { WhoCould } from './who-could.ts';
import type { WhoDid } from './who-did.ts';

/** A network tool that ran, or that something would run. */
export interface ToolFound {
  /** Name of a program where an event tells it, else the words of the finding. */
  readonly name: string;
  /** '' for a program that no class of the policy lists. */
  readonly class: string;
  /** `event`: seen running. `spec`: written in the pod's own spec. */
  readonly seen: 'event' | 'spec';
  readonly container: string;
  readonly detail: string;
}

/** One thing to do, and the command line for it: for a POSIX shell, its words quoted. */
export interface Step {
  readonly why: string;
  readonly command?: string;
  /** Whether it changes the cluster. */
  readonly changes: boolean;
}

/** Everything that is known of one subject. Names and messages of the cluster stand as they came, and are not made plain. */
export interface Investigation {
  /** The most important sentence. */
  readonly headline: string;
  /** How bad: of a tool that runs with host access, to nothing found. */
  readonly alarm: 'critical' | 'high' | 'medium' | 'none';
  readonly asked: string;
  readonly cluster: string;
  /** RFC 3339. */
  readonly takenAt: string;
  /** Name of the policy that it was judged by. */
  readonly policy: string;
  readonly event?: FalcoEvent;
  /** `gone`: a pod that is not there any more. `none`: no pod could be named. */
  readonly state: 'running' | 'pending' | 'ended' | 'template' | 'gone' | 'none';
  /** The pod, or the owner where it has no pods. */
  readonly object?: OwnerReference;
  readonly node: string;
  /** RFC 3339; '' where it is not known. */
  readonly created: string;
  readonly containers: readonly ContainerFacts[];
  /** Name of the container that the event is of. */
  readonly container?: string;
  readonly tools: readonly ToolFound[];
  readonly declared: readonly DeclaredTool[];
  readonly exposure?: Exposure;
  readonly verdict?: {
    readonly refused: boolean;
    readonly findings: readonly Pick<Finding, 'rule' | 'action' | 'severity' | 'message' | 'remedy'>[];
    readonly exempted: readonly { readonly rule: string; readonly exemption: string }[];
  };
  readonly entry: readonly EntryReason[];
  readonly owners: readonly Pick<OwnerLink, 'reference' | 'state'>[];
  readonly sources: readonly (GitOpsSource & { readonly object: OwnerReference })[];
  readonly images: readonly ImageUse[];
  /** Other pods of the owner, of the node, of the image; the worst first. */
  readonly others: { readonly pods: readonly PodLine[]; readonly total: number; readonly of: string };
  readonly events: readonly ClusterEvent[];
  readonly did: WhoDid;
  readonly could?: WhoCould;
  readonly next: readonly Step[];
  readonly unseen: readonly Unseen[];
  /** What a reader must know of how this came about: cut lists, guesses by name. */
  readonly notes: readonly string[];
}
