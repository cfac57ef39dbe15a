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
  of(bits: Uint32Array, offset = 0): readonly string[] {
    const names: string[] = [];
    for (let word = 0; word < this.words; word += 1) this.#addNames(names, word, bits[offset + word] ?? 0);
    return names;
  }

  /** Adds a set to another; the namespaces that were not in it, in order. */
  addNew(to: Uint32Array, bits: Uint32Array): readonly string[] {
    const names: string[] = [];
    for (let word = 0; word < this.words; word += 1) {
      const fresh = (bits[word] ?? 0) & ~(to[word] ?? 0);
      if (fresh === 0) continue;
      to[word] = (to[word] ?? 0) | fresh;
      this.#addNames(names, word, fresh);
    }
    return names;
  }

  #addNames(names: string[], word: number, bits: number): void {
    for (let left = bits; left !== 0; left &= left - 1) {
      const name = this.namespaces[word * 32 + 30 - Math.clz32(left & -left)];
      if (name !== undefined) names.push(name);
    }
  }
}

export function isEmpty(bits: Uint32Array, offset: number, words: number): boolean {
  for (let at = offset; at < offset + words; at += 1) if (bits[at] !== 0) return false;
  return true;
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
