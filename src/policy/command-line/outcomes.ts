import { valueOfUnset } from './given-variables.ts';
import { maxWays, type Scope, type Variable } from './scope.ts';
import { joinedValues } from './values.ts';
import type { Words } from './words.ts';

/** What the ways that a command may go make of its shell: each starts where the command stands, what they leave is joined. */
export class Outcomes {
  readonly #scope: Scope;
  readonly #left = new Map<string, (Variable | undefined)[]>();
  #positionals: readonly Words[] | undefined;
  #descriptors: Scope['descriptors'] | undefined;
  #ways = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Goes one way. */
  add(go: () => void): void {
    const scope = this.#scope;
    const before = scope.mark();
    go();
    for (const { name } of scope.changedSince(before)) {
      const left = this.#left.get(name);
      if (left === undefined) this.#left.set(name, [scope.find(name)]);
      else left.push(scope.find(name));
    }
    this.#addPositionals(scope.positionals);
    this.#descriptors = scope.descriptors;
    scope.comeBack(before);
    this.#ways += 1;
  }

  /** The way that leaves everything as it is. */
  addNothing(): void {
    this.#addPositionals(this.#scope.positionals);
    this.#ways += 1;
  }

  join(): void {
    const scope = this.#scope;
    for (const [name, left] of this.#left) {
      const before = scope.find(name);
      const stays = left.length < this.#ways && (before === undefined || scope.isInSight(name));
      scope.set(name, joined(name, stays ? [before, ...left] : left));
    }
    if (this.#ways > 0) scope.positionals = this.#positionals;
    // Of those the last way's stand: who redirects in one way only, redirects.
    if (this.#descriptors !== undefined) scope.descriptors = this.#descriptors;
  }

  #addPositionals(positionals: readonly Words[] | undefined): void {
    const known = this.#positionals;
    if (known === undefined || positionals === undefined) this.#positionals = known ?? positionals;
    else if (known !== positionals) this.#positionals = [...new Set([...known, ...positionals])].slice(0, maxWays);
  }
}

/** A function that may have returned early leaves its variables as they were there, or as they became behind it. */
export function joinReturned(scope: Scope): void {
  if (scope.returned === undefined) return;
  for (const { name, variable } of scope.changedSince(scope.returned))
    scope.set(name, joined(name, [variable, scope.find(name)]));
}

/** A variable that is one of these; one that is not set reads as an empty one. */
function joined(name: string, variables: readonly (Variable | undefined)[]): Variable {
  const arrays = variables.flatMap((variable) => variable?.arrays ?? []).slice(-maxWays);
  return {
    values: variables.reduce<readonly string[]>(
      (sum, each) => joinedValues(sum, each?.values ?? [valueOfUnset(name)]),
      [],
    ),
    ...(arrays.length > 0 && { arrays }),
    exported: variables.some((variable) => variable?.exported === true),
  };
}
