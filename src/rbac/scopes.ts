/**
 * The places where a right counts: bit 0 for the whole cluster, and one bit for each namespace. Five thousand subjects with
 * forty powers in five hundred namespaces are kept in bits, or not at all.
 */
export class Scopes {
  readonly namespaces: readonly string[];
  readonly words: number;
  readonly #bits: ReadonlyMap<string, number>;

  constructor(namespaces: Iterable<string>) {
    this.namespaces = [...new Set(namespaces)].sort();
    this.words = (this.namespaces.length + 32) >>> 5;
    this.#bits = new Map(this.namespaces.map((name, index) => [name, index + 1]));
  }

  /** Sets the bit of a namespace; those of all of them, and of the cluster, for ''. */
  add(bits: Uint32Array, offset: number, namespace: string): void {
    if (namespace === '') {
      bits.fill(0xffffffff, offset, offset + this.words);
      return;
    }
    const bit = this.#bits.get(namespace);
    if (bit === undefined) return;
    const at = offset + (bit >>> 5);
    bits[at] = (bits[at] ?? 0) | (1 << (bit & 31));
  }

  has(bits: Uint32Array, offset: number, namespace: string): boolean {
    const bit = namespace === '' ? 0 : this.#bits.get(namespace);
    return bit !== undefined && ((bits[offset + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  /** The namespaces of a set, in order. */
  *of(bits: Uint32Array, offset = 0): Generator<string> {
    for (let word = 0; word < this.words; word += 1) {
      let left = bits[offset + word] ?? 0;
      while (left !== 0) {
        const bit = 31 - Math.clz32(left & -left);
        left &= left - 1;
        const name = this.namespaces[word * 32 + bit - 1];
        if (name !== undefined) yield name;
      }
    }
  }
}

export function isEmpty(bits: Uint32Array, offset: number, words: number): boolean {
  for (let at = offset; at < offset + words; at += 1) if (bits[at] !== 0) return false;
  return true;
}

/** Whether all bits of the one are among those of the other. */
export function isWithin(one: Uint32Array, other: Uint32Array): boolean {
  for (let at = 0; at < one.length; at += 1) if (((one[at] ?? 0) & ~(other[at] ?? 0)) !== 0) return false;
  return true;
}

export function addAll(to: Uint32Array, from: Uint32Array): void {
  for (let at = 0; at < to.length; at += 1) to[at] = (to[at] ?? 0) | (from[at] ?? 0);
}

/** The words of a long row of bits that are not 0, each behind its place: in one array, as it is gone through often. */
export function filledOf(words: Uint32Array): Uint32Array {
  return Uint32Array.from([...words.entries()].filter(([, word]) => word !== 0).flat());
}

export function addFilled(to: Uint32Array, filled: Uint32Array): void {
  for (let index = 0; index < filled.length; index += 2) {
    const at = filled[index] ?? 0;
    to[at] = (to[at] ?? 0) | (filled[index + 1] ?? 0);
  }
}
