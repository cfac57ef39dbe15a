/*
 * Finding which of thousands of strings stand in a name, in one pass over the name however many there are.
 * Administrators choose the strings, attackers choose the names.
 */

/** What is known of one hash: the texts that have it, and whether longer texts end in one that has it. */
interface Bucket {
  readonly texts: { readonly text: string; readonly order: number }[];
  goesOn: boolean;
}

/**
 * Strings that a name must end with, from the start of a segment, each with its place in an order. Ends are hashed
 * backwards segment by segment, for as long as some text ends so; only equal text counts, so that a name made to
 * collide costs one comparison.
 */
export class EndTable {
  readonly #byHash = new Map<number, Bucket>();

  /** Of equal texts the first added stays; add them in order. */
  add(text: string, order: number): void {
    let hash = 0;
    for (let at = text.length - 1; at >= 0; at--) {
      hash = step(hash, text.charCodeAt(at));
      if (at > 0 && text.charCodeAt(at - 1) !== slash) continue;
      let bucket = this.#byHash.get(hash);
      if (bucket === undefined) this.#byHash.set(hash, (bucket = { texts: [], goesOn: false }));
      if (at > 0) bucket.goesOn = true;
      else if (!bucket.texts.some((entry) => entry.text === text)) bucket.texts.push({ text, order });
    }
  }

  /** The first in order of the texts that are the whole name, or an end of it that follows a slash; or `none`. */
  first(name: string, none: number): number {
    let hash = 0;
    let first = none;
    for (let at = name.length - 1; at >= 0; at--) {
      const code = name.charCodeAt(at);
      if (code === slash) {
        const bucket = this.#byHash.get(hash);
        if (bucket === undefined) return first;
        first = firstEqual(bucket, name, at + 1, first);
        if (!bucket.goesOn) return first;
      }
      hash = step(hash, code);
    }
    const bucket = this.#byHash.get(hash);
    return bucket === undefined ? first : firstEqual(bucket, name, 0, first);
  }
}

const slash = 47;

function firstEqual({ texts }: Bucket, name: string, from: number, before: number): number {
  let first = before;
  for (const { text, order } of texts) {
    if (order < first && text.length === name.length - from && name.endsWith(text)) first = order;
  }
  return first;
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
  readonly #samples: SampleFilter;

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
    this.#samples = new SampleFilter([...texts.keys()]);
    this.#link();
  }

  /** Calls `found` once for every text that stands in the name. */
  find(name: string, found: (values: readonly T[]) => void): void {
    if (this.#values.length === 1 || !this.#samples.mayHold(name)) return;
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

/**
 * Tells most names that hold none of the texts by a few samples. A text of length n covers three characters in a row
 * at one of any n - 2 neighbouring places, so a look at every (n - 2)th place of the name meets every text.
 */
class SampleFilter {
  readonly #stride: number;
  readonly #seen = new Uint8Array(1 << 15);

  constructor(texts: readonly string[]) {
    this.#stride = texts.reduce((shortest, text) => Math.min(shortest, text.length), Infinity) - 2;
    for (const text of texts) {
      for (let at = 0; at < Math.min(this.#stride, text.length - 2); at++) this.#seen[sampleAt(text, at)] = 1;
    }
  }

  mayHold(name: string): boolean {
    if (this.#stride < 1) return true;
    for (let at = this.#stride - 1; at + 2 < name.length; at += this.#stride) {
      if (this.#seen[sampleAt(name, at)] === 1) return true;
    }
    return false;
  }
}

/** Three characters as a place in a table of 2^15. */
function sampleAt(text: string, at: number): number {
  const first = text.charCodeAt(at) & 31;
  return (first << 10) | ((text.charCodeAt(at + 1) & 31) << 5) | (text.charCodeAt(at + 2) & 31);
}
