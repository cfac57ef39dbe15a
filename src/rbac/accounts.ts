import type { Holder } from './holders.ts';
import { addFilled, filledOf } from './scopes.ts';

/** Some holders, and what they bring together: where that is nothing new, none of them is looked at. */
export interface Accounts {
  readonly holders: readonly Holder[];
  readonly together: Gains;
  /** The `filled` of what each brings, one behind the other: they are gone through by the thousand in every search. */
  readonly rows: Uint32Array;
  /** Where that of each begins, and the last one ends. */
  readonly starts: readonly number[];
}

/** What a holder, or several, can bring. */
export type Gains = Pick<Holder, 'filled' | 'anyUser' | 'anyGroup'>;

/**
 * @param gains - what each of the holders brings
 * @param words - how many a row of all paths and ways on has
 */
export function accountsOf(holders: readonly Holder[], gains: readonly Gains[], words: number): Accounts {
  const starts = [0];
  for (const { filled } of gains) starts.push((starts.at(-1) ?? 0) + filled.length);
  const rows = new Uint32Array(starts.at(-1) ?? 0);
  for (const [index, { filled }] of gains.entries()) rows.set(filled, starts[index]);
  return { holders, rows, starts, together: togetherOf(gains, words) };
}

/** What several bring together. */
export function togetherOf(gains: readonly Gains[], words: number): Gains {
  const all = new Uint32Array(words);
  for (const { filled } of gains) addFilled(all, filled);
  return {
    filled: filledOf(all),
    anyUser: gains.some(({ anyUser }) => anyUser),
    anyGroup: gains.some(({ anyGroup }) => anyGroup),
  };
}
