import type { TokenKind } from './token.ts';

/** What a token is called in a message. */
export const tokenWords: Readonly<Record<TokenKind, string>> = {
  'stream-end': 'the end of the document',
  'version-directive': 'a %YAML directive',
  'tag-directive': 'a %TAG directive',
  'document-start': "'---'",
  'document-end': "'...'",
  'block-sequence-start': 'a list',
  'block-mapping-start': 'a key',
  'block-end': 'the end of the block',
  'flow-sequence-start': "'['",
  'flow-sequence-end': "']'",
  'flow-mapping-start': "'{'",
  'flow-mapping-end': "'}'",
  'block-entry': "'- '",
  'flow-entry': "','",
  key: 'a key',
  value: "':'",
  alias: 'an alias',
  anchor: 'an anchor',
  tag: 'a tag',
  scalar: 'this text',
};
