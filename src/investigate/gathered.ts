import type { JsonObject } from '../policy/finding.ts';
import type { OwnerReference } from '../report/report.ts';
import type { FalcoEvent } from './falco-event.ts';
import type { Investigation } from './investigation.ts';
import type { JudgedPod } from './judged-pod.ts';
import type { OwnerLink } from './owner-chain.ts';
import type { Subject } from './subject.ts';

/** The objects that a subject leads to, before anything is said of them. */
export interface Gathered {
  readonly subject: Subject;
  readonly event: FalcoEvent | undefined;
  readonly state: Investigation['state'];
  /** The pod or the owner in question, by name also where it is gone. */
  readonly reference: OwnerReference | undefined;
  /** The pod, with apiVersion and kind. */
  readonly pod: JudgedPod | undefined;
  /** An owner without pods, with apiVersion and kind. */
  readonly template: JsonObject | undefined;
  readonly node: string;
  readonly chain: readonly OwnerLink[];
  readonly others: readonly JudgedPod[];
  /** What the others are of, as `Node n1`. */
  readonly othersOf: string;
  readonly notes: readonly string[];
}
