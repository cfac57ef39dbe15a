/*
 * Finding which of thousands of strings stand in a name, in one pass over the name however many there are.
 * Administrators choose the strings, attackers choose the names.
 */

/**
 * Strings that a name must end with, from the start of a segment, each with its place in an order. Ends are hashed
 * backwards, one step a character, and only equal text counts: a name made to collide costs one comparison.
 */
export class EndTable {
  readonly #byHash = new Map<number, { readonly text: string; readonly order: number }[]>();
  #longest = 0;

  /** Of equal texts the first added stays; add them in order. */
  add(text: string, order: number): void {
    let hash = 0;
    for (let at = text.length - 1; at >= 0; at--) hash = step(hash, text.charCodeAt(at));
    const bucket = this.#byHash.get(hash);
    if (bucket === undefined) this.#byHash.set(hash, [{ text, order }]);
    else if (!bucket.some((entry) => entry.text === text)) bucket.push({ text, order });
    this.#longest = Math.max(this.#longest, text.length);
  }

  /** The first in order of the texts that are the whole name, or an end of it that follows a slash; or `none`. */
  first(name: string, none: number): number {
    let hash = 0;
    let first = none;
    const stop = Math.max(0, name.length - this.#longest);
    for (let at = name.length - 1; at >= stop; at--) {
      hash = step(hash, name.charCodeAt(at));
      if (at > 0 && name.charCodeAt(at - 1) !== 47) continue;
      const bucket = this.#byHash.get(hash);
      if (bucket === undefined) continue;
      for (const { text, order } of bucket) {
        if (order < first && text.length === name.length - at && name.endsWith(text)) first = order;
      }
    }
    return first;
  }
}

function step(hash: number, code: number): number {
  return (Math.imul(hash, 0x01000193) ^ code) | 0;
}

/**
 * Strings anywhere in a name: an Aho-Corasick automaton with every transition in one table, so that a character costs
 * one look-up. Each text is told once a name, however often it stands there.
 */
export class Finder<T> {
  readonly #classOf = new Uint8Array(128);
  readonly #width: number;
  readonly #next: Int32Array;
  /** For each state its list in `#values`, and the nearest shorter state that has one; 0 is none. */
  readonly #listOf: Int32Array;
  readonly #shorter: Int32Array;
  readonly #values: T[][] = [[]];
  /** The search that last told each list. */
  readonly #toldIn: Int32Array;
  #search = 0;

  constructor(texts: ReadonlyMap<string, T[]>) {
    let classes = 1;
    let states = 1;
    for (const text of texts.keys()) {
      states += text.length;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (this.#classOf[code] === 0) this.#classOf[code] = classes++;
      }
    }
    this.#width = classes;
    this.#next = new Int32Array(states * classes);
    this.#listOf = new Int32Array(states);
    this.#shorter = new Int32Array(states);
    let used = 1;
    for (const [text, values] of texts) {
      let state = 0;
      for (let at = 0; at < text.length; at++) {
        const edge = this.#edge(state, text.charCodeAt(at));
        state = this.#next[edge] || (this.#next[edge] = used++);
      }
      this.#listOf[state] = this.#values.push(values) - 1;
    }
    this.#toldIn = new Int32Array(this.#values.length);
    this.#link();
  }

  /** Calls `found` once for every text that stands in the name. */
  find(name: string, found: (values: readonly T[]) => void): void {
    if (this.#values.length === 1) return;
    this.#search = (this.#search + 1) | 0;
    // After four thousand million searches the numbers come again.
    if (this.#search === 0) this.#toldIn.fill(0);
    let state = 0;
    for (let at = 0; at < name.length; at++) {
      state = this.#next[this.#edge(state, name.charCodeAt(at))] ?? 0;
      if (state === 0) continue;
      for (let end = this.#listOf[state] !== 0 ? state : (this.#shorter[state] ?? 0); end !== 0;) {
        const list = this.#listOf[end] ?? 0;
        // What is shorter was told together with it.
        if (this.#toldIn[list] === this.#search) break;
        this.#toldIn[list] = this.#search;
        found(this.#values[list] ?? []);
        end = this.#shorter[end] ?? 0;
      }
    }
  }

  #edge(state: number, code: number): number {
    return state * this.#width + (this.#classOf[code] ?? 0);
  }

  /** Breadth first: the transition that a state lacks is the one of the longest proper end of its text. */
  #link(): void {
    const suffix = new Int32Array(this.#listOf.length);
    const queue: number[] = [0];
    for (const state of queue) {
      for (let symbol = 1; symbol < this.#width; symbol++) {
        const edge = state * this.#width + symbol;
        const fallback = state === 0 ? 0 : (this.#next[(suffix[state] ?? 0) * this.#width + symbol] ?? 0);
        const child = this.#next[edge] ?? 0;
        if (child === 0) {
          this.#next[edge] = fallback;
          continue;
        }
        suffix[child] = fallback;
        this.#shorter[child] = this.#listOf[fallback] !== 0 ? fallback : (this.#shorter[fallback] ?? 0);
        queue.push(child);
      }
    }
  }
}
