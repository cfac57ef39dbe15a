import type { CreateNodeOptions, DocumentOptions, SchemaOptions, ToStringOptions } from 'yaml';
import { stringify } from 'yaml';
import type { Node } from '../node.ts';
import { columnOf, lineBreakOf } from './text.ts';

/** How a document is written; what is added to it is written the same way. */
export interface Layout {
  readonly isJson: boolean;
  readonly lineBreak: string;
  /** Columns from a block mapping to one in it. */
  readonly indent: number;
  /** Whether the dashes of a list stand to the right of the list's key. */
  readonly indentsLists: boolean;
  /** The indentation of one level where JSON is written in lines; '' where it is not. */
  readonly jsonIndent: string;
  /** Whether it is JSON on one line without a blank behind any colon. */
  readonly isMinified: boolean;
}

/** Reads the layout off the first places that show it; two columns, and lists in the column of their key, where none does. */
export function layoutOf(text: string, root: Node, isJson: boolean): Layout {
  let indent: number | undefined;
  let indentsLists: boolean | undefined;
  const queue: Node[] = [root];
  for (
    let node = queue.pop();
    node !== undefined && (indent === undefined || indentsLists === undefined);
    node = queue.pop()
  ) {
    if (node.kind === 'sequence') queue.push(...node.items.slice(0, 20).toReversed());
    if (node.kind !== 'mapping') continue;
    for (const { value } of node.entries.slice(0, 50).toReversed()) {
      queue.push(value);
      if (node.isFlow || (value.kind !== 'mapping' && value.kind !== 'sequence') || value.isFlow) continue;
      const columns = columnOf(text, value.start) - columnOf(text, node.start);
      if (value.kind === 'sequence') indentsLists = columns > 0;
      else if (columns > 0) indent = columns;
    }
  }
  const jsonIndent = isJson ? (/^[[{][ \t]*\r?\n([ \t]+)/.exec(text)?.[1] ?? '') : '';
  return {
    isJson,
    lineBreak: lineBreakOf(text),
    indent: indent ?? 2,
    indentsLists: indentsLists ?? false,
    jsonIndent,
    isMinified: isJson && jsonIndent === '' && !/"[ \t]*:[ \t]/.test(text),
  };
}

/** The lines of a value in block style, without the indentation of the place where it goes. */
export function blockLines(value: unknown, layout: Layout): readonly string[] {
  const options = { indent: layout.indent, indentSeq: layout.indentsLists, blockQuote: false } as const;
  return render(value, options).split('\n');
}

/** A value on one line: JSON in a JSON document, else YAML in flow style. */
export function flowText(value: unknown, layout: Layout): string {
  if (layout.isJson) return escapeUnprintable(JSON.stringify(value));
  return render(value, { collectionStyle: 'flow', flowCollectionPadding: false });
}

function render(
  value: unknown,
  options: CreateNodeOptions & DocumentOptions & SchemaOptions & ToStringOptions,
): string {
  const text = stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false, ...options });
  return escapeUnprintable(text.replace(/\n$/, ''));
}

/** YAML 1.1 breaks lines at NEL, LS and PS, and refuses control characters; both stand as escapes only in double quotes. */
function escapeUnprintable(text: string): string {
  return text.replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
