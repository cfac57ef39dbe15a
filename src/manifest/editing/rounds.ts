import type { PatchOperation } from '../../policy/json-patch.ts';

interface Place {
  /** Last round with an operation on this container itself, and with one on it or below it. */
  own: number;
  deepest: number;
  readonly below: Map<string, Place>;
}

/**
 * Sorts operations into rounds: those of one round touch containers none of which holds another, so that they can be
 * made on one reading of the text, and their order does not matter. The order of all others is kept.
 */
export function planRounds(operations: readonly PatchOperation[]): readonly (readonly PatchOperation[])[] {
  const rounds: PatchOperation[][] = [];
  const root = newPlace();
  for (const operation of operations) {
    let place = root;
    const above = [root];
    let last = root.own;
    for (const step of operation.path.slice(0, -1)) {
      place = placeBelow(place, String(step));
      last = Math.max(last, place.own);
      above.push(place);
    }
    const round = Math.max(last, place.deepest) + 1;
    place.own = round;
    for (const holder of above) holder.deepest = Math.max(holder.deepest, round);
    (rounds[round] ??= []).push(operation);
  }
  return rounds;
}

function newPlace(): Place {
  return { own: -1, deepest: -1, below: new Map() };
}

function placeBelow(place: Place, step: string): Place {
  const known = place.below.get(step);
  if (known !== undefined) return known;
  const created = newPlace();
  place.below.set(step, created);
  return created;
}
