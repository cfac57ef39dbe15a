import type { Holder } from './holders.ts';
import { addFilled, filledOf } from './scopes.ts';

/** Some holders, and what they have together: where that is nothing new, none of them is looked at. */
export interface Accounts {
  readonly holders: readonly Holder[];
  readonly together: Gains;
  /** Whether any of them has a step to somebody by name. */
  readonly hasNamed: boolean;
  /** The `filled` of all of them, one behind the other: they are gone through by the thousand in every search. */
  readonly rows: Uint32Array;
  /** Where that of each begins, and the last one ends. */
  readonly starts: readonly number[];
}

/** What a holder, or several, can bring. */
export type Gains = Pick<Holder, 'filled' | 'anyUser' | 'anyGroup'>;

/** @param words - how many a row of all paths and ways on has */
export function accountsOf(holders: readonly Holder[], words: number, hasNamed: boolean): Accounts {
  const all = new Uint32Array(words);
  const starts = [0];
  for (const { filled } of holders) {
    addFilled(all, filled);
    starts.push((starts.at(-1) ?? 0) + filled.length);
  }
  const rows = new Uint32Array(starts.at(-1) ?? 0);
  for (const [index, { filled }] of holders.entries()) rows.set(filled, starts[index]);
  return {
    holders,
    hasNamed,
    rows,
    starts,
    together: {
      filled: filledOf(all),
      anyUser: holders.some(({ anyUser }) => anyUser),
      anyGroup: holders.some(({ anyGroup }) => anyGroup),
    },
  };
}
