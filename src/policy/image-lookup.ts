/*
 * The first of thousands of globs that matches a name. Those without a wildcard are one table; of the others only those
 * are tried that have a string in the name, the one that fewest of them share.
 */
import { matchesGlob, splitName } from './image-glob.ts';
import type { ImageGlob, SplitName } from './image-glob.ts';
import { EndTable, Finder } from './image-literals.ts';
import { maxImageLength } from './image-reference.ts';

/** A glob and its place in the policy's order. */
export interface OrderedGlob {
  readonly order: number;
  readonly glob: ImageGlob;
}

/**
 * Gives the lowest order of the globs that match a name or an end of its path, or `none`, which is above every order.
 * The globs come in order.
 */
export function compileLookup(globs: readonly OrderedGlob[], none: number): (name: string) => number {
  const literals = new EndTable();
  for (const { order, glob } of globs) if (glob.literal !== undefined) literals.add(glob.literal, order);
  const firstGlob = compileGlobs(globs.filter(({ glob }) => glob.literal === undefined));
  return (name) => firstGlob(name, literals.first(name, none));
}

/** Gives, for a name and an order, the order of the first glob before it that matches, or that order. */
function compileGlobs(globs: readonly OrderedGlob[]): (name: string, before: number) => number {
  const always: OrderedGlob[] = [];
  const byChunk = new Map<string, OrderedGlob[]>();
  const frequency = countChunks(globs);
  for (const entry of globs) {
    const chunk = rarest(entry.glob.chunks, frequency);
    const list = chunk === undefined ? always : byChunk.get(chunk);
    if (list !== undefined) list.push(entry);
    else if (chunk !== undefined) byChunk.set(chunk, [entry]);
  }
  const finder = new Finder(byChunk);
  const starts = new Int32Array(maxImageLength + 1);
  let name = '';
  let first = 0;
  let split: SplitName | undefined;
  const tryAll = (candidates: readonly OrderedGlob[]): void => {
    for (const { order, glob } of candidates) {
      if (order >= first) return;
      split ??= splitName(name, starts);
      if (matchesGlob(glob, split, true)) first = order;
    }
  };
  return (text, before) => {
    name = text;
    first = before;
    split = undefined;
    tryAll(always);
    finder.find(text, tryAll);
    return first;
  };
}

function countChunks(globs: readonly OrderedGlob[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { glob } of globs) {
    for (const chunk of new Set(glob.chunks)) counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
  }
  return counts;
}

/** The chunk that fewest patterns have, and of those the longest: the one that names have least often. */
function rarest(chunks: readonly string[], frequency: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let bestCount = Infinity;
  for (const chunk of chunks) {
    const count = frequency.get(chunk) ?? 0;
    if (count < bestCount || (count === bestCount && chunk.length > (best?.length ?? 0))) {
      best = chunk;
      bestCount = count;
    }
  }
  return best;
}
