/** Every format of a report, in the order in which help names them. */
export const reportFormats = [
  'table',
  'json',
  'yaml',
  'sarif',
  'junit',
  'html',
  'csv',
  'markdown',
  'policyreport',
] as const;

export type ReportFormat = (typeof reportFormats)[number];

export function isReportFormat(name: string): name is ReportFormat {
  return reportFormats.some((format) => format === name);
}
