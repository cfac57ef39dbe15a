export const investigationFormats = ['table', 'json', 'yaml', 'markdown', 'html'] as const;
export type InvestigationFormat = (typeof investigationFormats)[number];

export function isInvestigationFormat(name: string): name is InvestigationFormat {
  return (investigationFormats as readonly string[]).includes(name);
}
