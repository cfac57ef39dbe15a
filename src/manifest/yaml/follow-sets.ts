import type { TokenKind } from './token.ts';

/**
 * The tokens that tell of an empty node, by the place where a node may stand. Source: the states of parserc.go in
 * go.yaml.in/yaml/v2, each of which names them.
 */
export const none: ReadonlySet<TokenKind> = new Set();
export const endsDocument: ReadonlySet<TokenKind> = new Set([
  'version-directive',
  'tag-directive',
  'document-start',
  'document-end',
  'stream-end',
]);
export const endsKey: ReadonlySet<TokenKind> = new Set(['key', 'value', 'block-end']);
export const endsIndentlessItem: ReadonlySet<TokenKind> = new Set(['block-entry', 'key', 'value', 'block-end']);
export const endsBlockItem: ReadonlySet<TokenKind> = new Set(['block-entry', 'block-end']);
export const endsFlowKey: ReadonlySet<TokenKind> = new Set(['value', 'flow-entry', 'flow-mapping-end']);
export const endsFlowValue: ReadonlySet<TokenKind> = new Set(['flow-entry', 'flow-mapping-end']);
export const endsPairKey: ReadonlySet<TokenKind> = new Set(['value', 'flow-entry', 'flow-sequence-end']);
export const endsPairValue: ReadonlySet<TokenKind> = new Set(['flow-entry', 'flow-sequence-end']);
