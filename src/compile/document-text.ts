import { Document, Scalar, visit } from 'yaml';
import type { ClusterObject } from './webhook-document.ts';

/** Objects as a YAML stream, whose expressions stand line by line as they are read. */
export function yamlDocuments(objects: readonly ClusterObject[]): string {
  return objects.map(yamlDocument).join('---\n');
}

/** Objects as one JSON `List`. */
export function jsonDocument(objects: readonly ClusterObject[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2)}\n`;
}

function yamlDocument(object: ClusterObject): string {
  const document = new Document(object, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'string') return;
      // Lines of printable ASCII stand as they are; all else with its escapes.
      if (/^[\x20-\x7e\n]*$/.test(node.value) && node.value.includes('\n')) node.type = Scalar.BLOCK_LITERAL;
      else if (/[^\x20-\x7e]/.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
}
