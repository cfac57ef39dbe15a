import { isRunning } from '../audit/life.ts';
import { controllerOf } from '../audit/owners.ts';
import { ApiError } from '../cluster/api.ts';
import { listPages } from '../cluster/list.ts';
import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';
import { describeObject } from '../report/describe.ts';
import { climb } from './climb.ts';
import { collectionPath, knownKind, referenceOf, uidOf } from './kinds.ts';
import type { KnownKind } from './kinds.ts';
import type { Operation } from './operation.ts';
import type { PlannedTarget } from './plan.ts';
import type { VerifyOptions } from './verify.ts';
import { endsPods } from './verify.ts';

/** New pods of one namespace that are kept; a namespace where jobs run makes hundreds a minute. */
const maxKept = 1_000;

/**
 * Watches the namespaces of the targets for pods that are as those that were ended: of the same root, or with the same
 * finding under another one. A pod that came and went counts.
 * @returns a line for each root that makes them
 * @throws {ApiError} where it cannot be watched to the end
 */
export async function watchForNewPods(
  operation: Operation,
  targets: readonly PlannedTarget[],
  options: VerifyOptions & { readonly sinceMs: number },
): Promise<string[]> {
  const kind = knownKind({ apiVersion: 'v1', kind: 'Pod' });
  if (kind === undefined) return [];
  const watched = targets.filter(endsPods);
  const namespaces = [...new Set(watched.map(({ object }) => object.namespace))];
  const problems = await Promise.all(
    namespaces.map(async (namespace) => {
      const made = await newPods(operation, kind, namespace, options);
      const here = watched.filter(({ object }) => object.namespace === namespace);
      return judgeNew(operation, made, here, options);
    }),
  );
  return problems.flat();
}

/** The pods that were made since, before the watch began or while it lasts, each as it was seen last. */
async function newPods(
  { client, signal, wait }: Operation,
  kind: KnownKind,
  namespace: string,
  { watchMs, sinceMs }: VerifyOptions & { readonly sinceMs: number },
): Promise<readonly JsonObject[]> {
  const path = collectionPath(kind, namespace);
  const known = new Set<string>();
  const made = new Map<string, JsonObject>();
  let resourceVersion: string | undefined;
  for await (const page of listPages(client, path, { signal, patienceMs: 20_000 })) {
    for (const item of page.items) {
      if (createdMs(item) < sinceMs) known.add(uidOf(item));
      else if (made.size < maxKept) made.set(uidOf(item), { apiVersion: 'v1', kind: 'Pod', ...item });
    }
    resourceVersion ??= page.resourceVersion;
  }
  const ending = new AbortController();
  const both = AbortSignal.any([ending.signal, signal]);
  const timer = wait(watchMs, both).then(
    () => ending.abort(),
    () => undefined,
  );
  const query = `?watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion ?? ''}`;
  while (!both.aborted) {
    try {
      await client.watch(
        `${path}${query}`,
        (event) => {
          const { type, object } = event;
          const uid = uidOf(object);
          if (type === 'BOOKMARK' || known.has(uid) || (made.size >= maxKept && !made.has(uid))) return;
          made.set(uid, { apiVersion: 'v1', kind: 'Pod', ...object });
        },
        both,
      );
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'cancelled') throw error;
    }
  }
  await timer;
  return [...made.values()];
}

/** The server tells whole seconds. */
function createdMs({ metadata }: JsonObject): number {
  return Date.parse(asString(asObject(metadata)['creationTimestamp'])) + 999;
}

async function judgeNew(
  { client }: Operation,
  made: readonly JsonObject[],
  targets: readonly PlannedTarget[],
  { offencesOf }: VerifyOptions,
): Promise<string[]> {
  const problems = new Set<string>();
  for (const pod of made) {
    for (const target of targets) {
      if (target.step !== 'suspend' && offencesOf(target)(pod).length === 0) continue;
      const root = await rootOf(client, pod);
      const isOfTarget = root.uid === target.uid;
      // Another root that breaks the same rule with the same program: whoever wants it back has found another way.
      if (!isOfTarget && (offencesOf(target)(pod).length === 0 || !isRunning(pod))) continue;
      problems.add(
        `${describeObject(target.object)}: made anew: Pod ${describePod(pod)}${isOfTarget ? '' : ` of ${root.name}`}`,
      );
    }
  }
  return [...problems];
}

function describePod(pod: JsonObject): string {
  const { namespace, name } = asObject(pod['metadata']);
  const images = asList(asObject(pod['spec'])['containers']).map((each) => asString(asObject(each)['image']));
  return `${asString(namespace)}/${asString(name)} (${images.slice(0, 3).join(', ')})`;
}

async function rootOf(
  client: Operation['client'],
  pod: JsonObject,
): Promise<{ readonly uid: string; readonly name: string }> {
  const kind = knownKind({ apiVersion: 'v1', kind: 'Pod' });
  const controller = controllerOf(pod);
  if (controller === undefined || kind === undefined) return { uid: uidOf(pod), name: 'nobody' };
  const climbed = await climb(client, controller);
  if ('refusal' in climbed) return { uid: controller.uid ?? '', name: describeObject(controller) };
  return { uid: uidOf(climbed.root), name: describeObject(referenceOf(climbed.root, climbed.kind)) };
}
