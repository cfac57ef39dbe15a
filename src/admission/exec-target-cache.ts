import type { JsonObject } from '../policy/finding.ts';
import type { ExecTarget } from '../policy/exec-target.ts';
import { readExecTarget } from '../policy/exec-target.ts';
import { asObject, asString } from '../policy/json.ts';

/** What the cache takes on. */
export interface ExecTargetCacheLimits {
  /** Pods. @default 200000 */
  readonly pods: number;
  /** Characters of all that is kept of them, each thing that many pods have in common counted once. @default 32 Mi */
  readonly characters: number;
  /** Characters that are kept of one pod; whoever makes pods chooses how long names are, and how many. @default 4096 */
  readonly charactersPerPod: number;
}

export const defaultCacheLimits: ExecTargetCacheLimits = {
  pods: 200_000,
  characters: 32 * 1024 * 1024,
  charactersPerPod: 4_096,
};

/**
 * What execs need to know of every pod, and nothing else of it. A pod that finds no room is not there, and is looked up
 * like one that nobody has heard of yet.
 */
export interface ExecTargetCache {
  readonly find: (namespace: string, name: string) => ExecTarget | undefined;
  /** Takes in a pod as it is now. */
  readonly put: (pod: JsonObject) => void;
  readonly remove: (pod: JsonObject) => void;
  /** Lets go of every pod, so that a list can be read from its beginning. */
  readonly clear: () => void;
  readonly size: () => number;
  /** Whether a pod found no room since the cache was last cleared. */
  readonly full: () => boolean;
}

/** One target for all pods that are alike in it: those of a Deployment are. */
interface Shared {
  readonly target: ExecTarget;
  readonly text: string;
  pods: number;
}

export function execTargetCache(limits: Partial<ExecTargetCacheLimits> = {}): ExecTargetCache {
  const { pods: maxPods, characters: maxCharacters, charactersPerPod } = { ...defaultCacheLimits, ...limits };
  const pods = new Map<string, Shared>();
  const shared = new Map<string, Shared>();
  let characters = 0;
  let full = false;

  const drop = (key: string): void => {
    const held = pods.get(key);
    if (held === undefined) return;
    pods.delete(key);
    characters -= key.length;
    held.pods -= 1;
    if (held.pods > 0) return;
    shared.delete(held.text);
    characters -= held.text.length;
  };

  const put = (pod: JsonObject): void => {
    const key = keyOf(pod);
    // Whatever becomes of the new one, the old one is no longer true.
    drop(key);
    const target = readExecTarget(pod);
    if (target === undefined) return;
    const text = textOf(target);
    if (text.length > charactersPerPod) return;
    const alike = shared.get(text);
    const added = key.length + (alike === undefined ? text.length : 0);
    if (pods.size >= maxPods || characters + added > maxCharacters) {
      full = true;
      return;
    }
    const held = alike ?? { target, text, pods: 0 };
    held.pods += 1;
    if (alike === undefined) shared.set(text, held);
    pods.set(key, held);
    characters += added;
  };

  return {
    find: (namespace, name) => pods.get(`${namespace}/${name}`)?.target,
    put,
    remove: (pod) => drop(keyOf(pod)),
    clear: () => {
      pods.clear();
      shared.clear();
      characters = 0;
      full = false;
    },
    size: () => pods.size,
    full: () => full,
  };
}

/** Neither part can hold a slash. */
function keyOf(pod: JsonObject): string {
  const { namespace, name } = asObject(pod['metadata']);
  return `${asString(namespace)}/${asString(name)}`;
}

function textOf({ hostAccess, serviceAccount, images }: ExecTarget): string {
  return JSON.stringify([hostAccess, serviceAccount, [...images]]);
}
