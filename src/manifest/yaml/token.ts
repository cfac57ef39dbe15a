export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export type TokenKind =
  | 'stream-end'
  | 'version-directive'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

/** One token; every token has every field, so that the engine sees one shape. */
export interface Token {
  readonly kind: TokenKind;
  /** UTF-16 offsets in the document's text. */
  readonly start: number;
  readonly end: number;
  /** A scalar's value, a name of an anchor or alias, a tag's handle, a version. */
  readonly value: string;
  /** A tag's suffix, a %TAG directive's prefix. */
  readonly suffix: string;
  readonly style: ScalarStyle;
}

export function token(kind: TokenKind, start: number, end: number, value = '', suffix = ''): Token {
  return { kind, start, end, value, suffix, style: 'plain' };
}
