import type { Scopes } from './scopes.ts';

/**
 * What somebody holds in one scope: the launch paths, and the ways on behind them, as the bits of a word. Thousands of
 * accounts hold the same few of these, so that each is kept once, under a number, and a search asks of each once whether it
 * is news.
 */
export class Places {
  readonly #words: number;
  readonly #ids = new Map<number, number>();
  readonly #scopes: number[] = [];
  readonly #rows: number[] = [];
  /** The rows that are held in each scope, while one holder is read. */
  readonly #held: Int32Array;

  /** @param rowCount - launch paths and ways on */
  constructor({ words }: Scopes, rowCount: number) {
    if (rowCount > 32) throw new Error(`${rowCount} launch paths and ways on are more than a word has bits`);
    this.#words = words;
    this.#held = new Int32Array(words * 32);
  }

  get count(): number {
    return this.#scopes.length;
  }

  /** The numbers of the places of a holder. @param filled - as `Holder.filled` */
  of(filled: Uint32Array): Uint32Array {
    const held = this.#held.fill(0);
    for (let index = 0; index < filled.length; index += 2) {
      const at = filled[index] ?? 0;
      const word = at % this.#words;
      const row = (at - word) / this.#words;
      for (let left = filled[index + 1] ?? 0; left !== 0; left &= left - 1) {
        const scope = word * 32 + 31 - Math.clz32(left & -left);
        held[scope] = (held[scope] ?? 0) | (1 << row);
      }
    }
    const places: number[] = [];
    for (const [scope, rows] of held.entries()) if (rows !== 0) places.push(this.#idOf(scope, rows >>> 0));
    return Uint32Array.from(places);
  }

  /** Whether a row of all words has what makes a place. */
  isWithin(place: number, have: Uint32Array): boolean {
    const scope = this.#scopes[place] ?? 0;
    const bit = 1 << (scope & 31);
    const word = scope >>> 5;
    for (let left = this.#rows[place] ?? 0; left !== 0; left &= left - 1) {
      const row = 31 - Math.clz32(left & -left);
      if (((have[row * this.#words + word] ?? 0) & bit) === 0) return false;
    }
    return true;
  }

  #idOf(scope: number, rows: number): number {
    const key = scope * 2 ** 32 + rows;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#scopes.length;
    this.#ids.set(key, id);
    this.#scopes.push(scope);
    this.#rows.push(rows);
    return id;
  }
}
