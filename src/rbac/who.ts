import type { Grant, RbacAnalysis } from './analysis.ts';
import type { Step } from './escalation.ts';
import type { Holder } from './holders.ts';
import type { LaunchPath } from './launch-paths.ts';
import type { Subject } from './objects.ts';

/** A way for one subject to have a pod launched in a namespace. */
export interface Way {
  readonly path: LaunchPath;
  /** The accounts that it goes over; none where the subject holds the path itself. */
  readonly steps: readonly Step[];
  /** The roles that give the path: to the subject, or to the last of the accounts. */
  readonly grants: readonly Grant[];
}

export interface WhoCould {
  readonly subject: Subject;
  /** Whether it can by itself, and not only as somebody else. */
  readonly isDirect: boolean;
  readonly ways: readonly Way[];
}

/** The paths that end in a pod with a spec of the subject's choice, or in a command inside one that runs. */
export const launching: ReadonlySet<string> = new Set(['L1', 'L2', 'L3', 'L4', 'L5', 'L6', 'L8', 'L9', 'L23']);

/**
 * Who could have launched a pod in a namespace, those who can by themselves first.
 * @param wanted - ids of the paths that count; those that end in a pod where it is absent
 */
export function whoCouldLaunch(
  analysis: RbacAnalysis,
  namespace: string,
  wanted: ReadonlySet<string> = launching,
): WhoCould[] {
  const found = analysis.holders.flatMap((holder) => waysOf(analysis, holder, namespace, wanted));
  return [...found.filter(({ isDirect }) => isDirect), ...found.filter(({ isDirect }) => !isDirect)];
}

function waysOf(analysis: RbacAnalysis, holder: Holder, namespace: string, wanted: ReadonlySet<string>): WhoCould[] {
  const direct: Way[] = [];
  const over: Way[] = [];
  const reached = analysis.reach(holder, namespace);
  for (const [index, path] of analysis.paths.entries()) {
    if (!wanted.has(path.id)) continue;
    if (analysis.holds(holder, path.id, namespace)) {
      direct.push({ path, steps: [], grants: analysis.grants(holder, index, namespace) });
      continue;
    }
    const chain = reached.get(index)?.chain;
    const last = chain?.at(-1)?.to;
    if (chain !== undefined && last !== undefined) {
      over.push({ path, steps: chain, grants: analysis.grants(last, index, namespace) });
    }
  }
  if (direct.length === 0 && over.length === 0) return [];
  return [{ subject: holder.subject, isDirect: direct.length > 0, ways: [...direct, ...over] }];
}
