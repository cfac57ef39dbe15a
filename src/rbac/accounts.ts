import type { Holder } from './holders.ts';

/** What a holder, or several, can bring. */
export interface Gains extends Pick<Holder, 'anyUser' | 'anyGroup'> {
  /** By their numbers in `Places`. */
  readonly places: Uint32Array;
}

/** Some holders, and what they bring together: where that is nothing new, none of them is looked at. */
export interface Accounts {
  readonly holders: readonly Holder[];
  readonly together: Gains;
  /** The places of all of them, one behind the other: they are gone through by the thousand in every search. */
  readonly places: Uint32Array;
  /** Where those of each begin, and those of the last one end. */
  readonly starts: Uint32Array;
}

/** @param gains - what each of the holders brings */
export function accountsOf(holders: readonly Holder[], gains: readonly Gains[]): Accounts {
  const starts = [0];
  for (const { places } of gains) starts.push((starts.at(-1) ?? 0) + places.length);
  return {
    holders,
    together: togetherOf(gains),
    places: Uint32Array.from(gains.flatMap(({ places }) => [...places])),
    starts: Uint32Array.from(starts),
  };
}

/** What several bring together. */
export function togetherOf(gains: readonly Gains[]): Gains {
  return {
    places: Uint32Array.from(new Set(gains.flatMap(({ places }) => [...places]))),
    anyUser: gains.some(({ anyUser }) => anyUser),
    anyGroup: gains.some(({ anyGroup }) => anyGroup),
  };
}
