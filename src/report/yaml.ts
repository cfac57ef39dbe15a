import { Document, Scalar, visit } from 'yaml';
import { reportDocument } from './document.ts';
import type { Report } from './report.ts';
import { plainText } from './terminal.ts';

/** The YAML report: the same document as the JSON report, read alike by readers of YAML 1.1 and 1.2. */
export function yamlReport(report: Report): string {
  return yamlText(reportDocument(report));
}

/** A plain value as YAML; a text that is more than printable ASCII on one line stands with its escapes, in double quotes. */
export function yamlText(value: object): string {
  // `compat` quotes what YAML 1.1 would take for something else: yes, on, 1:30.
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'string' || /^[\x20-\x7e]*$/.test(node.value)) return;
      node.type = Scalar.QUOTE_DOUBLE;
      node.value = node.value.toWellFormed();
    },
  });
  return plainText(document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER }));
}
