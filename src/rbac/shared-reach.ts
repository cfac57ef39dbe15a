import type { AccountGraph, Reached, Step } from './escalation.ts';
import { reachFrom } from './escalation.ts';
import type { Holder } from './holders.ts';

type Reach = ReadonlyMap<number, Reached>;

/**
 * One search for all who hold the same rights through the same groups: their answers differ in whom the chains begin with.
 * Another of them that is met on the way leads to nothing that the first has not gone through before.
 */
export class SharedReach {
  readonly #graph: AccountGraph;
  readonly #known = new Map<string, { readonly first: Holder; readonly reach: Reach }>();

  constructor(graph: AccountGraph) {
    this.#graph = graph;
  }

  /** @param groups - what the groups of the holder hold */
  of(holder: Holder, groups: readonly Holder[], namespace: string | undefined): Reach {
    const key = JSON.stringify([namespace, groups.map(({ subject }) => subject.name), rightsOf(holder)]);
    const known = this.#known.get(key);
    if (known !== undefined) return known.first === holder ? known.reach : beginningWith(holder, known);
    const reach = reachFrom(this.#graph, [holder, ...groups], namespace);
    this.#known.set(key, { first: holder, reach });
    return reach;
  }
}

function rightsOf({ filled, anyUser, anyGroup, named }: Holder): unknown[] {
  return [filled.join(), anyUser, anyGroup, named];
}

function beginningWith(holder: Holder, { first, reach }: { readonly first: Holder; readonly reach: Reach }): Reach {
  // Paths that the same account brings keep one chain.
  const chains = new Map<readonly Step[], readonly Step[]>();
  const own = (chain: readonly Step[]): readonly Step[] => {
    const made = chains.get(chain) ?? chain.map((step) => (step.from === first ? { ...step, from: holder } : step));
    chains.set(chain, made);
    return made;
  };
  return new Map([...reach].map(([path, reached]) => [path, { ...reached, chain: own(reached.chain) }]));
}
