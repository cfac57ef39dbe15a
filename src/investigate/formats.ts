import { jsonText } from '../report/terminal.ts';
import type { InvestigationFormat } from './format-names.ts';
import type { Investigation } from './investigation.ts';
import { htmlPage } from './html-page.ts';
import { markdownPage } from './markdown-page.ts';
import { textPage } from './text-page.ts';

/** Investigations in one format; only the code of that format is loaded where it is large. */
export async function formatInvestigations(
  found: readonly Investigation[],
  format: InvestigationFormat,
  options: { readonly colour: boolean },
): Promise<string> {
  switch (format) {
    case 'table':
      return found.map((each) => textPage(each, options)).join('\n');
    case 'json':
      return `${jsonText(documentOf(found), 2)}\n`;
    case 'yaml':
      return (await import('../report/yaml.ts')).yamlText(documentOf(found));
    case 'markdown':
      return found.map(markdownPage).join('\n');
    case 'html':
      return htmlPage(found);
  }
}

/** One investigation, or a list where there are more or fewer. */
function documentOf(found: readonly Investigation[]): object {
  const [only, ...others] = found.map((each) => ({
    apiVersion: 'seawall.dev/v1alpha1',
    kind: 'Investigation',
    ...each,
  }));
  return only !== undefined && others.length === 0
    ? only
    : {
        apiVersion: 'seawall.dev/v1alpha1',
        kind: 'InvestigationList',
        items: only === undefined ? [] : [only, ...others],
      };
}
