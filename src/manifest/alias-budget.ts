import type { Node } from './node.ts';
import { ManifestSyntaxError } from './syntax-error.ts';

const smallDocument = 400_000;
const largeDocument = 4_000_000;

/**
 * Counts the nodes read, and how many of them were read through an alias, and refuses what the API server's reader
 * refuses: a document whose size comes mostly from aliases. Source: allowedAliasRatio in go.yaml.in/yaml/v2 decode.go.
 */
export class AliasBudget {
  // The reader counts the document itself as a node.
  #nodes = 1;
  #nodesThroughAliases = 0;
  #openAliases = 0;

  enterAlias(): void {
    this.#openAliases += 1;
  }

  leaveAlias(): void {
    this.#openAliases -= 1;
  }

  spend(node: Node): void {
    this.#nodes += 1;
    if (this.#openAliases === 0) return;
    this.#nodesThroughAliases += 1;
    if (this.#nodesThroughAliases <= 100 || this.#nodes <= 1000) return;
    if (this.#nodesThroughAliases / this.#nodes > allowedShare(this.#nodes)) {
      throw new ManifestSyntaxError('too much of the document comes from aliases', node.start);
    }
  }
}

/** 99 % of a small document may come from aliases, 10 % of a large one. */
function allowedShare(nodes: number): number {
  const size = Math.min(Math.max(nodes, smallDocument), largeDocument);
  return 0.99 - 0.89 * ((size - smallDocument) / (largeDocument - smallDocument));
}
