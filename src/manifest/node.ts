import type { ScalarStyle } from './yaml/token.ts';

interface NodePlace {
  /** UTF-16 offsets of the content in the document's text, without tag and anchor; a block collection ends with its last entry. */
  readonly start: number;
  readonly end: number;
  /** Offset of the tag or anchor before the content, or of the content. */
  readonly outerStart: number;
  /** Whether an anchor names this node, so that it may stand in other places too. */
  readonly isAnchored: boolean;
}

export interface ScalarNode extends NodePlace {
  readonly kind: 'scalar';
  readonly value: string;
  /** Resolved tag, as `tag:yaml.org,2002:int`; '' without one. */
  readonly tag: string;
  /** How it is written; `json` is a JSON number or literal, and `empty` nothing at all. */
  readonly style: ScalarStyle | 'json' | 'empty';
  /** Whether the text decides the type: a plain scalar, or any with the tag `!`. */
  readonly isImplicit: boolean;
}

export interface MappingEntry {
  readonly key: Node;
  /** Offset behind the colon; -1 where there is none. */
  readonly colonEnd: number;
  readonly value: Node;
}

export interface MappingNode extends NodePlace {
  readonly kind: 'mapping';
  readonly isFlow: boolean;
  readonly entries: readonly MappingEntry[];
}

export interface SequenceNode extends NodePlace {
  readonly kind: 'sequence';
  readonly isFlow: boolean;
  readonly items: readonly Node[];
  /** Offset of each item's dash; empty for a flow sequence. */
  readonly dashes: readonly number[];
}

export interface AliasNode extends NodePlace {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: ContentNode;
}

export type ContentNode = ScalarNode | MappingNode | SequenceNode;

/** One node of a document, as it is written; what it stands for is in decode.ts. */
export type Node = ContentNode | AliasNode;

/** The node that an alias stands for, or the node itself. */
export function resolveAlias(node: Node): ContentNode {
  return node.kind === 'alias' ? node.target : node;
}

/**
 * Collections in collections that a document may have. The API server's reader goes to 10,000; no object of Kubernetes comes near,
 * and a walk over any value must fit in the stack, so a deeper document is an error.
 */
export const maxDepth = 256;
