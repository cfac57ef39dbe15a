import type { Token } from './token.ts';

/** Tokens read and not yet taken, each with a number that counts from the first token of the document. */
export class TokenQueue {
  #tokens: Token[] = [];
  #head = 0;
  /** How many tokens were taken: the number of the token at the head. */
  taken = 0;

  /** The number that the next token to be added will have. */
  get next(): number {
    return this.taken + this.#tokens.length - this.#head;
  }

  head(): Token | undefined {
    return this.#tokens[this.#head];
  }

  add(token: Token): void {
    this.#tokens.push(token);
  }

  /** Puts a token before the one of that number, which moves back by one; at the end if that one was taken already. */
  insert(number: number, token: Token): void {
    const place = number < this.taken ? this.#tokens.length : this.#head + number - this.taken;
    this.#tokens.splice(place, 0, token);
  }

  take(): void {
    this.#head += 1;
    this.taken += 1;
    if (this.#head === this.#tokens.length) {
      this.#tokens = [];
      this.#head = 0;
    }
  }
}
