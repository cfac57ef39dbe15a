import { isRunning } from '../audit/life.ts';
import type { Finding, JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { describeObject } from '../report/describe.ts';
import type { CaseFolder } from './case-folder.ts';
import type { Change } from './change.ts';
import { read } from './climb.ts';
import { healthOf } from './health.ts';
import { stateOf } from './journal.ts';
import { knownKind, nameOf, uidOf } from './kinds.ts';
import type { Operation } from './operation.ts';
import type { PlannedTarget } from './plan.ts';
import { podsOf } from './pods-of.ts';
import { outcomeOf } from './preconditions.ts';
import { watchForNewPods } from './watch-pods.ts';

export interface VerifyOptions {
  /** Milliseconds to watch whether something makes the pods anew. */
  readonly watchMs: number;
  /** What the policy refuses of an object, of the rules that the plan was made for. */
  readonly offencesOf: (target: PlannedTarget) => (object: JsonObject) => readonly Finding[];
}

export interface Verification {
  /** A line for each thing that is not as it should be; empty where all is. */
  readonly problems: readonly string[];
  /** What was seen to be as it should be. */
  readonly confirmed: readonly string[];
}

/**
 * Looks whether what was applied holds: the changes are there, the pods are gone, enough replicas are healthy, and for a
 * stretch nothing makes anew what was ended. It changes nothing.
 * @throws {ApiError} where the server cannot be asked
 */
export async function verifyCase(
  operation: Operation,
  folder: CaseFolder,
  options: VerifyOptions,
): Promise<Verification> {
  const problems: string[] = [];
  const confirmed: string[] = [];
  const applied = [...folder.plan.targets.entries()].filter(([index, target]) => wasApplied(folder, index, target));
  for (const [index, target] of folder.plan.targets.entries()) {
    if (target.changes.length > 0 && !wasApplied(folder, index, target)) {
      problems.push(`${describeObject(target.object)}: it was not applied, or taken back`);
    }
  }
  const look = async (): Promise<void> => {
    for (const [, target] of applied) {
      const found = await verifyTarget(operation, folder, target, options);
      problems.push(...found);
      if (found.length === 0) confirmed.push(`${describeObject(target.object)}: ${whatHolds(target)}`);
    }
  };
  await look();
  if (problems.length > 0 || options.watchMs === 0) return { problems, confirmed };
  const targets = applied.map(([, target]) => target);
  operation.tell(`watching for ${options.watchMs / 1_000} s whether anything makes them anew`);
  problems.push(...(await watchForNewPods(operation, targets, { ...options, sinceMs: appliedMs(folder) })));
  confirmed.length = 0;
  await look();
  return { problems: [...new Set(problems)], confirmed };
}

/** What was looked at and found, and no more: a quarantine leaves its pods, a mended template makes new ones. */
export function whatHolds(target: PlannedTarget): string {
  const { object, step, changes } = target;
  if (changes.length === 0) return 'nothing was to be changed';
  if (!endsPods(target)) return `${step} holds`;
  return step === 'suspend' || object.kind === 'Pod'
    ? `${step} holds, and its pods are gone`
    : `${step} holds, and none of its pods is refused by the policy`;
}

/** When the first change was sent; what was there before it is not made anew. */
function appliedMs({ journal }: CaseFolder): number {
  const started = journal.records.find(({ event }) => event === 'started');
  return started === undefined ? Number.POSITIVE_INFINITY : Date.parse(started.time);
}

function wasApplied({ journal }: CaseFolder, index: number, { changes }: PlannedTarget): boolean {
  return changes.every((_, change) => stateOf(journal.records, index, change).state === 'done');
}

async function verifyTarget(
  { client }: Operation,
  { plan }: CaseFolder,
  target: PlannedTarget,
  { offencesOf }: VerifyOptions,
): Promise<string[]> {
  const name = describeObject(target.object);
  const problems: string[] = [];
  for (const change of target.changes) {
    const problem = await changeProblem(client, change, plan.id);
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
  }
  const kind = knownKind(target.object);
  if (kind === undefined || kind.kind === 'Pod') return problems;
  const root = await read(client, kind, target.object);
  if (typeof root === 'string') return [...problems, root];
  const { healthy } = healthOf(root);
  if (healthy < target.minHealthy) {
    problems.push(`${name}: ${healthy} replicas are healthy, and at least ${target.minHealthy} are to be`);
  }
  if (!endsPods(target)) return problems;
  const offences = offencesOf(target);
  const { pods } = await podsOf(client, root, kind);
  const left = pods.filter(isRunning).filter((pod) => target.step === 'suspend' || offences(pod).length > 0);
  if (left.length > 0)
    problems.push(`${name}: ${left.length} pods are there still: ${left.slice(0, 5).map(nameOf).join(', ')}`);
  return problems;
}

/** Whether a step is to leave no pod that the policy refuses. */
export function endsPods({ step }: PlannedTarget): boolean {
  return step === 'suspend' || step === 'fix' || step === 'evict' || step === 'delete';
}

async function changeProblem(client: Operation['client'], change: Change, caseId: string): Promise<string | undefined> {
  const outcome = await outcomeOf(client, change, caseId);
  const what = `${describeObject(change.object)} (${change.what})`;
  if (typeof outcome === 'string') return `${what}: ${outcome}`;
  if (!outcome.made) return `${what}: it is as it was before${writerOf(outcome.live)}`;
  if (change.kind !== 'evict' && change.kind !== 'delete') return undefined;
  return (await isEnding(client, change)) ? `${what}: it is ending, and not gone yet` : undefined;
}

async function isEnding(client: Operation['client'], change: Change): Promise<boolean> {
  const kind = knownKind(change.object);
  const live = kind === undefined ? '' : await read(client, kind, change.object);
  return typeof live !== 'string' && uidOf(live) === change.uid;
}

/** Who wrote to it last, as far as the managers of its fields tell; a tool, not a person. */
function writerOf(live: JsonObject | undefined): string {
  const entries = asList(asObject(live?.['metadata'])['managedFields'])
    .map(asObject)
    .filter(({ subresource }) => subresource === undefined)
    .toSorted((one, other) => asString(other['time']).localeCompare(asString(one['time'])));
  const manager = asString(entries[0]?.['manager']);
  return manager === '' ? '' : `; last written by ${manager}`;
}
