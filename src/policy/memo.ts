/*
 * The same images and command lines come again and again: a memo spares reading them anew. It changes no answer, and
 * its size is bounded, since the keys are an attacker's to choose.
 */

/** Most entries of one generation, and the longest key that is kept. */
const limits = { entries: 2_000, keyLength: 2_048 } as const;

/**
 * Answers by key. Two generations: when the younger is full it becomes the older, so that a flood of new keys throws out
 * what is not asked for any more, and never more than twice the limit is held.
 */
export class Memo<Value> {
  #young = new Map<string, { readonly value: Value }>();
  #old = new Map<string, { readonly value: Value }>();

  /** The answer that is known for the key, or else the computed one. */
  get(key: string, compute: (key: string) => Value): Value {
    const young = this.#young.get(key);
    if (young !== undefined) return young.value;
    const entry = this.#old.get(key) ?? { value: compute(key) };
    if (key.length > limits.keyLength) return entry.value;
    if (this.#young.size >= limits.entries) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
    return entry.value;
  }
}
