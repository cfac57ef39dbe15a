import { isRunning } from '../audit/life.ts';
import type { Finding, JsonObject } from '../policy/finding.ts';
import { asObject, valueAt } from '../policy/json.ts';
import type { KnownKind } from './kinds.ts';

/** A root owner, what runs of it, and what is wrong with each: all that the choice of a step rests on. */
export interface Situation {
  readonly root: JsonObject;
  readonly kind: KnownKind;
  /** Pods of the root, itself where it is one; ended ones too. */
  readonly pods: readonly JsonObject[];
  /** Jobs of a CronJob that have not ended. */
  readonly jobs: readonly JsonObject[];
  /** What the policy refuses of an object that is not exempted, and was asked for. */
  readonly offences: (object: JsonObject) => readonly Finding[];
}

/** What is asked for beside the target. */
export interface Wishes {
  /** Only this step; the first that works where it is absent. */
  readonly step?: Step | undefined;
  /** Whether a repair may take hostNetwork, hostPID and hostIPC away, which changes what the program can do. */
  readonly fixHost: boolean;
  /** Replicas that must stay healthy; what the workload's own strategy promises where it is absent. */
  readonly minHealthy?: number | undefined;
}

/** What may be done, the mildest first. The last two are only done where they are named. */
export const steps = [
  'report',
  'annotate',
  'suspend',
  'fix',
  'evict',
  'delete',
  'quarantine',
  'cordon',
] as const satisfies readonly string[];

export type Step = (typeof steps)[number];

export function runningPods({ pods }: Situation): readonly JsonObject[] {
  return pods.filter(isRunning);
}

export function isBarePod({ kind }: Situation): boolean {
  return kind.kind === 'Pod';
}

export function podSpecOf(kind: KnownKind, object: JsonObject): JsonObject {
  return asObject(valueAt(object, kind.podSpec));
}

/** Findings of a template, of its pods, or of both: a pod can be changed behind its template's back. */
export function allOffences(situation: Situation): readonly Finding[] {
  const { root, offences, pods } = situation;
  const own = offences(root);
  return isBarePod(situation) || own.length > 0 ? own : pods.filter(isRunning).flatMap(offences);
}
